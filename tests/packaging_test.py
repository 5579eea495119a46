"""What packaging/ holds does what it says: the units parse, and every command in them and in the
crontab is one that smsctl knows.
"""

import configparser
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BINARY = os.environ["SMSCTL_BINARY"]
PACKAGING = pathlib.Path(__file__).resolve().parent.parent / "packaging"
NOT_FOUND = 3  # there is no workspace of that name; a bad option would be 2
INSTALLED = "/usr/bin/smsctl "


def unit(path):
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str
    parser.read_string(path.read_text())
    return parser


def run(arguments):
    """Runs the built smsctl with them where it knows no workspace."""
    with tempfile.TemporaryDirectory() as home:
        env = {"PATH": os.environ["PATH"], "HOME": home, "SMSCTL_NO_INPUT": "1",
               "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}
        subprocess.run([BINARY, "db", "migrate"], env=env, check=True, timeout=60,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return subprocess.run([BINARY, *arguments], env=env, timeout=60, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)


class Packaging(unittest.TestCase):
    def check_command(self, command):
        self.assertTrue(command.startswith(INSTALLED), command)
        done = run(command[len(INSTALLED):].replace("%i", "prod").split())
        self.assertEqual(done.returncode, NOT_FOUND, f"{command}\n{done.stdout}")

    def test_the_service_runs_a_command_that_there_is(self):
        service = unit(PACKAGING / "systemd" / "smsctl-reconcile@.service")
        self.assertEqual(service["Service"]["Type"], "oneshot")
        self.check_command(service["Service"]["ExecStart"])
        self.assertIn("143", service["Service"]["SuccessExitStatus"])

    def test_the_timer_starts_the_service_of_its_name(self):
        timer = unit(PACKAGING / "systemd" / "smsctl-reconcile@.timer")
        self.assertIn("OnCalendar", timer["Timer"])
        self.assertTrue((PACKAGING / "systemd" / "smsctl-reconcile@.service").exists())

    def test_each_line_of_the_crontab_is_a_command_that_there_is(self):
        found = 0
        for line in (PACKAGING / "cron" / "crontab").read_text().splitlines():
            if line.startswith("#") or re.match(r"^[A-Z_]+=", line):
                continue
            *times, user, command = line.split(None, 6)
            self.assertEqual(len(times), 5, line)
            for time in times:
                self.assertRegex(time, r"^(\*|\d+)(/\d+)?$")
            self.assertEqual(user, "smsctl")
            self.check_command(command)
            found += 1
        self.assertEqual(found, 2)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_systemd_understands_the_units(self):
        with tempfile.TemporaryDirectory() as folder:
            for source in (PACKAGING / "systemd").iterdir():
                text = source.read_text().replace(INSTALLED.strip() + " ", BINARY + " ")
                (pathlib.Path(folder) / source.name.replace("@", "@prod")).write_text(text)
            units = [str(each) for each in pathlib.Path(folder).iterdir()]
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], timeout=60,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            ours = [line for line in done.stdout.splitlines() if "smsctl" in line]
            self.assertEqual((done.returncode, ours), (0, []), done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
