"""Several `send` of one key at once, and a `send` that is stopped: at most one message, and an exit
code that says what may be done next.
"""

import concurrent.futures
import contextlib
import http.server
import json
import signal
import sqlite3
import subprocess
import threading
import unittest
import urllib.parse
import urllib.request

from smsctl_process import BINARY, PATIENCE, Home, sign, wait_until

TO = "+14155552671"
AT_ONCE = 8


@contextlib.contextmanager
def far_end(before_answer):
    """A provider whose messages stay queued for ever; yields its URL and the creates it took."""
    creates = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            creates.append(self.rfile.read(int(self.headers["Content-Length"])))
            before_answer()
            self.answer(201)

        def do_GET(self):
            self.answer(200)

        def answer(self, status):
            body = json.dumps({"sid": "SM" + "0" * 31 + str(len(creates)), "status": "queued",
                               "direction": "outbound-api", "num_segments": "1"}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", creates
        finally:
            server.shutdown()


class SendRace(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())

    def start(self, *args, **env):
        return subprocess.Popen([BINARY, "send", TO, *args], env={**self.home.env, **env}, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def message(self, text):
        return next(m for m in self.home.records("message", "list") if m["body"] == text)

    def test_one_key_by_many_processes_at_once_is_one_message(self):
        for turn in range(5):
            text = f"turn {turn}"
            together = [self.start("-m", text, "--key", text) for _ in range(AT_ONCE)]
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as waiters:
                ended = list(waiters.map(lambda p: (*p.communicate(timeout=PATIENCE), p.returncode), together))
            with self.subTest(turn=turn):
                self.assertEqual(self.sim.bodies().count(text), 1)
                # 8: another process is submitting it just now.
                self.assertLessEqual({code for _, _, code in ended}, {0, 8}, [e[1] for e in ended])
                self.assertIn(0, [code for _, _, code in ended])
                ids = {json.loads(out)["id"] for out, _, _ in ended if out}
                self.assertEqual(len(ids), 1)
                first = [e for e in ended if e[2] == 0 and not json.loads(e[0])["replayed"]]
                self.assertLessEqual(len(first), 1)
            again = self.home.run("send", TO, "-m", text, "--key", text, check=0)
            self.assertTrue(json.loads(again.stdout)["replayed"])
            self.assertEqual(self.sim.bodies().count(text), 1)

    def test_many_processes_with_keys_of_their_own_all_get_through(self):
        together = [self.start("-m", f"own {n}", "--key", f"own {n}") for n in range(AT_ONCE)]
        for process in together:
            _, err = process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, 0, err)
        for n in range(AT_ONCE):
            self.assertEqual(self.sim.bodies().count(f"own {n}"), 1)

    def test_a_signal_between_two_tries_leaves_nothing_to_chance(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            for key in ([], ["--key", f"k{code}"]):
                text = f"stopped with {code}{' '.join(key)}"
                with self.subTest(text=text):
                    self.sim.fault(kind="refuse_429", retry_after="60")
                    process = self.start("-m", text, *key)
                    wait_until(lambda: [m for m in self.home.records("message", "list")
                                        if m["body"] == text and m["attempts"] == 1
                                        and m["status"] == "planned"])
                    process.send_signal(number)
                    out, err = process.communicate(timeout=PATIENCE)
                    self.assertEqual(process.returncode, code, err)
                    self.assertEqual(json.loads(out)["status"], "planned" if key else "failed")
                    self.assertEqual(self.message(text)["status"], "planned" if key else "failed")
                    self.assertEqual(self.sim.bodies().count(text), 0)
                    if key:
                        self.home.run("send", TO, "-m", text, *key, check=0)
                        self.assertEqual(self.sim.bodies().count(text), 1)

    def test_a_timeout_between_two_tries_is_pending(self):
        self.sim.fault(kind="refuse_429", retry_after="60")
        done = self.home.run("send", TO, "-m", "late", "--key", "late", "--timeout", "1s", check=8)
        self.assertEqual(json.loads(done.stdout)["status"], "planned")
        self.home.run("send", TO, "-m", "late", "--key", "late", check=0)
        self.assertEqual(self.sim.bodies().count("late"), 1)

    def test_a_signal_while_waiting_for_delivery_ends_with_its_code_and_the_message_is_known(self):
        with far_end(lambda: None) as (url, _):
            process = self.start("-m", "patience", "--wait", "delivered", SMSCTL_API_BASE=url)
            wait_until(lambda: [m for m in self.home.records("message", "list")
                                if m["body"] == "patience" and m["provider_id"]])
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, 130, err)
            self.assertIsNotNone(json.loads(out)["provider_id"])
            self.assertIn("reconcile", err)

    def test_an_answer_that_could_not_be_stored_is_in_doubt(self):
        other = sqlite3.connect(self.home.database, isolation_level=None, timeout=10,
                                check_same_thread=False)
        with far_end(lambda: other.execute("BEGIN IMMEDIATE")) as (url, creates):
            process = self.start("-m", "locked", "--key", "locked", SMSCTL_API_BASE=url)
            out, err = process.communicate(timeout=PATIENCE)
            other.execute("ROLLBACK")
            other.close()
            self.assertEqual(process.returncode, 7, err)
            self.assertIn("reconcile", err)
            again = self.start("-m", "locked", "--key", "locked", SMSCTL_API_BASE=url)
            again.communicate(timeout=PATIENCE)
            self.assertEqual(again.returncode, 7)
            self.assertEqual(self.message("locked")["status"], "in_doubt")
            self.assertEqual(len(creates), 1)

    def test_a_callback_that_beats_the_answer_is_not_forgotten(self):
        with self.home.background("listen", "--addr", "127.0.0.1:0") as (_, ready):
            hook = ready["url"]

            def call_back():
                fields = {"MessageSid": "SM" + "0" * 31 + "1", "AccountSid": self.sim.account_sid,
                          "From": self.sim.numbers[0], "To": TO, "MessageStatus": "undelivered",
                          "SmsStatus": "undelivered", "ErrorCode": "30003"}
                request = urllib.request.Request(
                    hook, urllib.parse.urlencode(fields).encode(),
                    {"X-Twilio-Signature": sign(hook, fields, self.sim.auth_token)})
                with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                    self.assertEqual(answer.status, 200)

            with far_end(call_back) as (url, _):
                process = self.start("-m", "overtaken", "--wait", "delivered", SMSCTL_API_BASE=url)
                out, err = process.communicate(timeout=PATIENCE)
                self.assertEqual(process.returncode, 10, err)
                record = json.loads(out)
                self.assertEqual(record["status"], "undelivered")
                self.assertEqual(record["error"]["code"], "30003")
                self.assertTrue(record["error"]["message"])

    def test_a_reader_that_leaves_does_not_keep_the_others_from_being_texted(self):
        others = [f"+1415555267{n}" for n in range(5)]
        process = subprocess.Popen([BINARY, "send", *others, "-m", "to all"], env=self.home.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        process.stderr.read()
        process.stderr.close()
        self.assertEqual(process.wait(timeout=PATIENCE), 0)
        self.assertEqual(self.sim.bodies().count("to all"), len(others))


if __name__ == "__main__":
    unittest.main(verbosity=2)
