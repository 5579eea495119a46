"""Twilio's own Node library against `smsctl sim`: node_client.js with the package that npm installs
into the build folder that SMSCTL_NPM_FOLDER names. Skipped where npm is not there or cannot."""

import os
import pathlib
import shutil
import subprocess
import unittest

import openapi
from simulator import Program
from witness import Witness

PACKAGE = "twilio@6.2.0"
SCRIPT = pathlib.Path(__file__).with_name("node_client.js")
INSTALL_LIMIT = 240  # seconds


def install():
    """The folder with the package in it, or why there is none."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return None, "npm or node is not installed"
    folder = pathlib.Path(os.environ["SMSCTL_NPM_FOLDER"])
    mark = folder / (PACKAGE + ".installed")
    if not mark.exists():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            done = subprocess.run(
                ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock",
                 "--ignore-scripts", "--prefix", str(folder), PACKAGE],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=INSTALL_LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return None, "npm did not end in time"
        if done.returncode != 0:
            return None, f"npm cannot install {PACKAGE}"
        mark.touch()
    return folder, ""


FOLDER, WHY_NOT = install()


@unittest.skipIf(FOLDER is None, WHY_NOT)
class NodeLibrary(unittest.TestCase):
    def test_node_library(self):
        program = Program("sim", "--speed", "20")
        self.addCleanup(program.end)
        ready = program.ready
        url, witness = ready["url"], None
        if openapi.document():
            witness = Witness(url, openapi.document(), judges_requests=False)
            self.addCleanup(witness.end)
            url = witness.url
        done = subprocess.run(
            ["node", str(SCRIPT), url, ready["account_sid"], ready["auth_token"],
             ready["numbers"][0], ready["messaging_service_sid"]],
            env={**os.environ, "NODE_PATH": str(FOLDER / "node_modules")},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout.decode(errors="replace"))
        if witness:
            self.assertEqual(witness.complaints, [])


if __name__ == "__main__":
    if FOLDER is None:
        print(f"skipped: {WHY_NOT}")
    unittest.main()
