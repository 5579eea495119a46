"""Standard streams that are closed, full or left by their reader."""

import json
import os
import subprocess
import unittest

from smsctl_process import BINARY, PATIENCE, Home


class Streams(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.home.run("workspace", "add", "test", "--provider", "sim", "--no-check", check=0)

    def shell(self, script):
        """Runs a line of sh in which $S is smsctl; gives (exit code, stdout, stderr)."""
        done = subprocess.run(["sh", "-c", script], env={**self.home.env, "S": BINARY}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
        return done.returncode, done.stdout, done.stderr

    def test_a_full_disk_behind_stdout_is_a_failure_with_its_reason(self):
        for command in ("workspace list", "help", "--version", "completion bash", "db path", "workspace list --fields"):
            with self.subTest(command):
                code, _, err = self.shell(f"$S {command} >/dev/full")
                self.assertEqual(code, 1)
                self.assertEqual(json.loads(err)["code"], "failed.output")

    def test_a_reader_that_left_is_a_success(self):
        for command in ("workspace list", "help", "--version", "completion bash", "db path"):
            with self.subTest(command):
                read, write = os.pipe()
                os.close(read)
                done = subprocess.run([BINARY, *command.split()], env=self.home.env, stdout=write,
                                      stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
                os.close(write)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_closed_streams_are_nobody_elses_number(self):
        for closed in (">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(closed):
                self.shell(f"$S workspace set test region=GB {closed}")
                self.assertEqual(self.home.run("db", "check").returncode, 0)
        self.assertEqual(self.shell("$S workspace list >&-")[0], 1)
        code, _, err = self.shell("$S send +14155550123 <&-")
        self.assertEqual((code, json.loads(err)["code"]), (2, "usage.empty_body"))
        code, _, err = self.shell("$S send +14155550123 </")
        self.assertEqual((code, json.loads(err)["code"]), (2, "usage.body"))

    def test_the_path_of_the_database_is_for_sqlite3(self):
        self.assertEqual(self.shell('test -f "$($S db path)"')[0], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
