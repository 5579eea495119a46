"""`listen --forward-to` and `--exec` as processes: ends in good order, shares a database, is not held up."""

import http.client
import json
import os
import pathlib
import signal
import subprocess
import threading
import unittest
import urllib.parse

from application import Application
from smsctl_process import BINARY, PATIENCE, Home, sign, wait_until

THEIRS = "+14155552671"


class Forward(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())

    def post(self, ready, number, body="Hello"):
        """What a signed text is answered: (status, body)."""
        address = urllib.parse.urlsplit(ready["url"])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE)
        fields = {"MessageSid": f"SM{number:032x}", "AccountSid": self.sim.account_sid, "From": THEIRS,
                  "To": self.sim.numbers[0], "Body": body, "NumMedia": "0", "SmsStatus": "received"}
        try:
            connection.request("POST", "/", urllib.parse.urlencode(fields),
                               {"Content-Type": "application/x-www-form-urlencoded",
                                "X-Twilio-Signature": sign(ready["url"], fields, self.sim.auth_token)})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def in_background(self, function, *args):
        result = []
        thread = threading.Thread(target=lambda: result.append(function(*args)), daemon=True)
        thread.start()

        def join():
            thread.join(PATIENCE)
            self.assertTrue(result, "no answer")
            return result[0]
        return join

    def forwards(self):
        """State and attempts of every forward, in order."""
        events = self.home.records("tail", "--kind", "event", "--last", "1000")
        return [(e["forward"]["state"], e["forward"]["attempts"]) for e in events if e["forward"]]

    def test_sigterm_waits_for_the_application_and_leaves_the_rest(self):
        go = threading.Event()

        def answer(_):
            if not failed:
                failed.append(True)
                return 500, ""
            self.assertTrue(go.wait(PATIENCE))
            return 200, "<Response>late</Response>"

        failed = []

        with Application(answer) as application, \
                self.home.background("listen", "--addr", "127.0.0.1:0", "--forward-to", application.url,
                                     "--retries", "20") as (process, ready):
            first = self.in_background(self.post, ready, 1)
            wait_until(lambda: failed)
            second = self.in_background(self.post, ready, 2)
            wait_until(lambda: len(application.events()) >= 2 and application.events()[-1] != application.events()[0])
            process.send_signal(signal.SIGTERM)
            # What only waits for its next try is answered at once, what is in flight with the application's answer.
            wait_until(lambda: not self.listens(ready))
            go.set()
            self.assertEqual(first()[0], 200)
            self.assertEqual(second(), (200, "<Response>late</Response>"))
            self.assertEqual(process.wait(PATIENCE), 0)
        states = self.forwards()
        self.assertEqual(states[1], ("done", 1))
        # The first's second try may have been in flight, too.
        self.assertIn(states[0], (("waiting", 1), ("done", 2)))

    def listens(self, ready):
        address = urllib.parse.urlsplit(ready["url"])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE)
        try:
            connection.connect()
            return True
        except OSError:
            return False
        finally:
            connection.close()

    def test_a_second_signal_ends_at_once_and_loses_nothing(self):
        hang = threading.Event()
        with Application(lambda _: (hang.wait(PATIENCE), (200, ""))[1]) as application:
            with self.home.background("listen", "--addr", "127.0.0.1:0", "--forward-to", application.url) as (process, ready):
                threading.Thread(target=self.try_to_post, args=(ready, 1), daemon=True).start()
                wait_until(application.events)
                process.send_signal(signal.SIGTERM)
                wait_until(lambda: not self.listens(ready))
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(PATIENCE), 143)
            self.assertEqual(self.forwards(), [("waiting", 0)])
            told = application.events()
            hang.set()
            with self.home.background("listen", "--addr", "127.0.0.1:0", "--forward-to", application.url):
                wait_until(lambda: self.forwards() == [("done", 1)])
            self.assertEqual(application.events(), told * 2)

    def try_to_post(self, ready, number):
        try:
            self.post(ready, number)
        except (OSError, http.client.HTTPException):
            pass

    def test_who_does_not_read_stdout_delays_no_answer(self):
        ready_file = self.home.path / "ready.json"
        reader, writer = os.pipe()
        process = subprocess.Popen([BINARY, "listen", "--addr", "127.0.0.1:0", "--ready-file", str(ready_file)],
                                   env=self.home.env, stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        count, body = 100, "x" * 1500  # more than a pipe holds
        try:
            ready = wait_until(lambda: ready_file.exists() and json.loads(ready_file.read_text()))
            for number in range(count):
                self.assertEqual(self.post(ready, number, body)[0], 200)
            with os.fdopen(reader) as lines:
                records = [json.loads(lines.readline()) for _ in range(count)]
                self.assertEqual(len({record["id"] for record in records}), count)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(lines.read(), "")
            self.assertEqual(process.wait(PATIENCE), 0)
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def test_two_listeners_tell_the_application_once(self):
        # Each is told twice: the first answer is a failure.
        with Application(lambda times: (503 if times == 1 else 200, "")) as application:
            args = ("listen", "--addr", "127.0.0.1:0", "--forward-to", application.url)
            with self.home.background(*args) as (_, first), self.home.background(*args) as (_, second):
                count = 20
                answers = [self.in_background(self.post, (first, second)[n % 2], n) for n in range(count)]
                self.assertEqual({answer()[0] for answer in answers}, {200})
                wait_until(lambda: self.forwards() == [("done", 2)] * count)
            told = application.events()
            self.assertEqual(sorted(told), sorted(list(set(told)) * 2))
            self.assertEqual(len(set(told)), count)

    def test_what_a_killed_listener_had_is_taken_over_by_the_next(self):
        up = threading.Event()
        with Application(lambda _: (200 if up.is_set() else 503, "")) as application:
            args = ("listen", "--addr", "127.0.0.1:0", "--forward-to", application.url)
            with self.home.background(*args, end=signal.SIGKILL) as (process, ready):
                threading.Thread(target=self.try_to_post, args=(ready, 1), daemon=True).start()
                wait_until(lambda: self.forwards() and self.forwards()[0][1] > 0)
                process.kill()
                process.wait(PATIENCE)
            up.set()
            with self.home.background(*args):
                wait_until(lambda: self.forwards()[0][0] == "done")

    def test_commands_end_with_the_listener(self):
        pid_file = self.home.path / "pid"
        script = self.home.path / "slow"
        script.write_text("trap 'echo ended > \"$1.ended\"; exit 0' TERM\necho $$ > \"$1.new\"; mv \"$1.new\" \"$1\"\n"
                          "while :; do sleep 0.05; done\n")
        with self.home.background("listen", "--addr", "127.0.0.1:0", "--exec", f"sh '{script}' '{pid_file}'",
                                  "--max-procs", "1") as (process, ready):
            for number in range(3):
                self.assertEqual(self.post(ready, number)[0], 200)
            pid = int(wait_until(lambda: pid_file.exists() and pid_file.read_text()))
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, 0)
        self.assertEqual(pathlib.Path(f"{pid_file}.ended").read_text(), "ended\n")
        self.assertFalse(pathlib.Path(f"/proc/{pid}").exists())
        self.assertIn("was not run for 2 events, which are stored", err)
        self.assertEqual(len(self.home.records("message", "list", "--direction", "in")), 3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
