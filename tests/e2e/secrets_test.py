"""No byte of a credential leaves the program: stdout, stderr, the database and its journal, the
key folder apart from the seal, and the process list are searched after a whole session.
"""

import glob
import pathlib
import threading
import unittest

from smsctl_process import Home

SECRETS = ("keep-this-token-secret-4711", "and-this-webhook-secret-0815")


def command_lines():
    """The argv and environment-free command line of every process there is."""
    lines = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            lines.append(pathlib.Path(path).read_bytes())
        except OSError:
            pass  # it ended meanwhile
    return b"\n".join(lines)


class Secrets(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        _, ready = self.enterContext(self.home.background("sim", "--addr", "127.0.0.1:0"))
        self.ready = ready
        self.token = ready["auth_token"]
        self.home.env["SMSCTL_API_BASE"] = ready["url"]
        self.seen = []
        self.leaks = []
        self.watching = True
        self.watcher = threading.Thread(target=self.watch)
        self.watcher.start()
        self.addCleanup(self.stop_watching)

    def stop_watching(self):
        self.watching = False
        self.watcher.join()

    def watch(self):
        while self.watching:
            if self.token.encode() in command_lines():
                self.leaks.append("process list")

    def run_smsctl(self, *args, **kwargs):
        done = self.home.run(*args, **kwargs)
        self.seen.append(done.stdout + done.stderr)
        return done

    def test_a_whole_session_shows_no_secret(self):
        add = ("workspace", "add", "test", "--provider", "twilio", "--account-sid", self.ready["account_sid"],
               "--secret-stdin")
        self.run_smsctl(*add, stdin=SECRETS[0] + "\n", check=4)  # refused, and not stored
        self.run_smsctl("workspace", "show", "test", check=3)
        self.run_smsctl("-vv", *add, stdin=self.token + "\n", check=0)
        secret_file = self.home.path / "webhook-secret"
        secret_file.write_text(SECRETS[1] + "\n")
        self.run_smsctl("workspace", "add", "other", "--provider", "twilio", "--account-sid",
                        self.ready["account_sid"], "--secret-env", "TOKEN", "--webhook-secret-file",
                        str(secret_file), env={"TOKEN": self.token}, check=0)
        ours = self.ready["numbers"][0]
        for args in (("workspace", "show", "test"), ("workspace", "list"), ("workspace", "test", "test"),
                     ("sync", "numbers"), ("number", "list"), ("workspace", "set", "test", f"from={ours}"),
                     ("-vv", "send", "+14155552671", "-m", "Hi"), ("tail", "--kind", "event"),
                     ("trigger", "inbound.sms", "--url", "http://127.0.0.1:9/", "--curl"),
                     ("-vv", "reconcile", "--older-than", "0s"),
                     ("db", "query", "SELECT * FROM credentials")):
            done = self.run_smsctl("-w", "test", *args)
            self.assertIn(done.returncode, (0, 6), (args, done.stderr))
        self.stop_watching()
        self.assertEqual(self.leaks, [])

        for secret in (self.token, *SECRETS):
            with self.subTest(secret=secret[:8]):
                self.assertNotIn(secret, "\n".join(self.seen))
                for path in self.home.path.rglob("*"):
                    if path.is_file() and path != secret_file:
                        self.assertNotIn(secret.encode(), path.read_bytes(), path)
        for path in self.home.path.rglob("smsctl*/*"):
            if path.is_file():
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
