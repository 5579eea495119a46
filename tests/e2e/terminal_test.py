"""What a person at a terminal sees: tables, questions, colours, no control characters of strangers."""

import os
import pathlib
import pty
import signal
import subprocess
import tempfile
import termios
import unittest

from smsctl_process import BINARY, PATIENCE, Home, wait_until

THEIRS = "+14155552671"


def children(pid):
    """The processes that any thread of `pid` has started."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        found += (task / "children").read_text().split()
    return found


class Terminal(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())
        self.home.env.update(TERM="xterm-256color", COLUMNS="100")

    def test_a_list_is_a_table_and_a_pipe_is_json(self):
        self.home.run("send", THEIRS, "-m", "Hello there", check=0)
        code, screen = self.home.type("message", "list")
        self.assertEqual(code, 0)
        self.assertIn("STATUS", screen)
        self.assertIn("Hello there", screen)
        self.assertNotIn('{"object"', screen)

    def test_colour_obeys_no_color(self):
        self.home.run("send", THEIRS, "-m", "Hello", "--wait", "delivered", "--timeout", "30s", check=0)
        self.assertIn("\x1b[", self.home.type("message", "list")[1])
        self.assertNotIn("\x1b[", self.home.type("message", "list", env={"NO_COLOR": "1"})[1])
        self.assertNotIn("\x1b[", self.home.type("message", "list", "--color", "never")[1])

    def test_a_strangers_control_characters_do_nothing(self):
        self.sim.inbound(From=THEIRS, To=self.sim.numbers[0], Body="\x1b]0;owned\x07\x1b[2J\u202egnp.exe\r\nx")
        self.home.run("reconcile", "--older-than", "0s", check=0)
        for args in (("message", "list"), ("inbox",), ("tail",), ("tail", "--format", "table")):
            with self.subTest(args=args):
                _, screen = self.home.type(*args, env={"NO_COLOR": "1"})
                self.assertIn("owned", screen)
                for bad in ("\x1b", "\x07", "\u202e"):
                    self.assertNotIn(bad, screen)

    def test_removing_a_workspace_wants_its_name(self):
        code, screen = self.home.type("workspace", "rm", "test", keys="nope\n")
        self.assertNotEqual(code, 0, screen)
        self.assertEqual(len(self.home.records("workspace", "list")), 1)
        code, screen = self.home.type("workspace", "rm", "test", keys="test\n")
        self.assertEqual(code, 0, screen)
        self.assertEqual(self.home.records("workspace", "list"), [])

    def test_a_secret_is_asked_for_without_echo(self):
        code, screen = self.home.type("workspace", "add", "typed", "--provider", "twilio", "--account-sid",
                                 self.sim.account_sid, keys=self.sim.auth_token + "\n")
        self.assertEqual(code, 0, screen)
        self.assertNotIn(self.sim.auth_token, screen)

    def test_a_signal_at_the_prompt_gives_the_echo_back(self):
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            with self.subTest(name):
                parent, child = pty.openpty()
                process = subprocess.Popen(
                    [BINARY, "workspace", "add", "typed", "--provider", "twilio", "--account-sid",
                     self.sim.account_sid], env=self.home.env, stdin=child, stdout=child, stderr=child,
                    start_new_session=True)
                echoes = lambda: termios.tcgetattr(child)[3] & termios.ECHO
                wait_until(lambda: not echoes())
                process.send_signal(getattr(signal, name))
                self.assertEqual(process.wait(PATIENCE), -getattr(signal, name))
                self.assertTrue(echoes())
                os.close(child)
                os.close(parent)

    def test_a_stop_at_the_prompt_gives_the_echo_back_until_it_goes_on(self):
        parent, child = pty.openpty()
        process = subprocess.Popen(
            [BINARY, "workspace", "add", "typed", "--provider", "twilio", "--account-sid",
             self.sim.account_sid], env=self.home.env, stdin=child, stdout=child, stderr=child,
            process_group=0)  # not in ours: where nobody does job control that one cannot be stopped
        self.addCleanup(process.kill)
        echoes = lambda: termios.tcgetattr(child)[3] & termios.ECHO
        wait_until(lambda: not echoes())
        process.send_signal(signal.SIGTSTP)
        wait_until(lambda: os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT | os.WNOHANG))
        self.assertTrue(echoes())
        process.send_signal(signal.SIGCONT)
        wait_until(lambda: not echoes())
        os.write(parent, (self.sim.auth_token + "\n").encode())
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertTrue(echoes())
        os.close(child)
        os.close(parent)

    def test_a_hang_up_ends_what_sim_wraps_and_leaves_no_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            process = subprocess.Popen([BINARY, "sim", "--", "sleep", "600"], env={**self.home.env, "TMPDIR": folder})
            wait_until(lambda: len(children(process.pid)) == 1)
            (wrapped,) = children(process.pid)
            process.send_signal(signal.SIGHUP)
            self.assertEqual(process.wait(PATIENCE), 128 + signal.SIGHUP)
            self.assertEqual(os.listdir(folder), [])
            self.assertFalse(os.path.exists(f"/proc/{wrapped}"))

    def test_without_a_body_a_terminal_is_not_waited_for(self):
        code, screen = self.home.type("send", THEIRS)
        self.assertEqual(code, 2)
        self.assertIn("--message", screen)


if __name__ == "__main__":
    unittest.main(verbosity=2)
