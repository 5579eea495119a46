"""`sync`: the whole history, however often it is killed, and beside everything else that writes."""

import collections
import concurrent.futures
import contextlib
import http.server
import json
import signal
import threading
import unittest
import urllib.request

from lists import number
from smsctl_process import PATIENCE, Home, wait_until

THEIRS = "+14155552671"
COUNT = 2300  # three pages of 1,000


class Gate:
    """Stands before the simulator, hands requests on once it is open, and does first what was asked for at each."""

    def __init__(self, target):
        self.asked = 0
        self.open = threading.Event()
        self.do_at = {}  # by the number of a request, from 1
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                gate.open.wait(PATIENCE)
                gate.asked += 1
                gate.do_at.get(gate.asked, lambda: None)()
                request = urllib.request.Request(target + self.path)
                request.add_header("Authorization", self.headers["Authorization"])
                with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                    body = answer.read()
                with contextlib.suppress(OSError):  # whoever asked may be gone
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class Sync(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())

    def fill(self, count, hours=1):
        """Texts that came, from a hundred people, over so many hours."""
        for hour in range(hours):
            lines = "".join(f'inbound From={number(n % 100)} To={self.sim.numbers[0]} Body="text {n}"\n'
                            for n in range(count * hour // hours, count * (hour + 1) // hours))
            request = urllib.request.Request(self.sim.url + "/sim/scenario", lines.encode())
            with urllib.request.urlopen(request, timeout=PATIENCE):
                pass
            self.sim.advance("1h")
        self.assertEqual(len(self.sim.state()["messages"]), count)

    def messages(self):
        return self.home.records("message", "list", "--limit", "0", "--fields", "provider_id,body,direction,conversation")

    def check_agrees(self):
        """Each message of the provider's is here, once, and conversations count right."""
        here = collections.Counter(m["provider_id"] for m in self.messages())
        there = {m["sid"] for m in self.sim.state()["messages"]}
        self.assertEqual(set(here), there)
        self.assertEqual(set(here.values()), {1})
        self.assertEqual(sum(c["message_count"] for c in self.home.records("inbox", "--limit", "0")), len(there))

    def end_at(self, gate, request, how):
        """Runs a sync that gets `how` when it asks for so many pages; gives (exit code, stdout, stderr)."""
        process = self.home.start("sync", "messages", env={"SMSCTL_API_BASE": gate.url})
        gate.do_at[gate.asked + request] = lambda: process.send_signal(how)
        gate.open.set()
        out, err = process.communicate(timeout=PATIENCE)
        gate.open.clear()
        return process.returncode, out, err

    def test_killed_at_every_page_it_goes_on_and_comes_to_the_same(self):
        self.fill(COUNT, hours=10)
        with Gate(self.sim.url) as gate:
            # A look at the front comes first each time, then what was not read yet.
            for request, stored in ((1, 0), (2, 1000), (3, 2000)):
                self.assertEqual(self.end_at(gate, request, signal.SIGKILL)[0], -signal.SIGKILL)
                self.assertEqual(len(self.messages()), stored, "whole pages, and none lost")
            gate.open.set()
            self.home.run("sync", "messages", env={"SMSCTL_API_BASE": gate.url}, check=0)
            self.assertEqual(gate.asked, 1 + 2 + 3 + 2)
        self.check_agrees()
        self.assertEqual(self.home.run("sync", "messages", check=0).stdout, "")

    def test_sigterm_ends_it_between_two_pages(self):
        self.fill(COUNT)
        with Gate(self.sim.url) as gate:
            code, out, err = self.end_at(gate, 2, signal.SIGTERM)
        self.assertEqual(code, 143)
        self.assertIn("run it again", err)
        self.assertEqual(len(self.messages()), len(out.splitlines()))
        self.home.run("sync", "messages", "-q", check=0)
        self.check_agrees()

    def test_sigterm_ends_a_wait_for_the_provider(self):
        self.sim.fault(kind="refuse_429", scope="read", retry_after=120, count=50)
        process = self.home.start("sync", "messages")
        wait_until(lambda: self.sim.counts()["faults"].get("refuse_429"))
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE)
        error = json.loads(err.splitlines()[-1])
        self.assertEqual((process.returncode, error["exit"], error["code"]), (143, 143, "interrupted.signal"))

    def test_beside_sends_a_listener_and_reconcile_nothing_is_there_twice(self):
        self.fill(200)
        ours = self.sim.numbers[0]
        with self.home.background("listen", "--addr", "127.0.0.1:0") as (_, ready):
            self.home.run("workspace", "set", "test", f"public-url={ready['url']}", check=0)
            self.home.run("number", "set", ours, f"webhook={ready['url']}", "--yes", check=0)
            with concurrent.futures.ThreadPoolExecutor(6) as pool:
                jobs = []
                for turn in range(12):
                    jobs.append(pool.submit(self.home.run, "send", THEIRS, "-m", f"ours {turn}", "-q", check=0))
                    jobs.append(pool.submit(self.home.run, "sync", "messages", "-q", *(["--full"] if turn % 2 else []), check=0))
                    jobs.append(pool.submit(self.home.run, "reconcile", "-q", "--older-than", "0s", check=0))
                    jobs.append(pool.submit(self.sim.inbound, From=THEIRS, To=ours, Body=f"theirs {turn}"))
                for job in jobs:
                    job.result()
        self.home.run("sync", "messages", "-q", check=0)
        self.check_agrees()
        bodies = collections.Counter(m["body"] for m in self.messages())
        self.assertEqual({count for body, count in bodies.items() if body.startswith(("ours", "theirs"))}, {1})

    def test_a_lost_answer_is_left_to_settlement(self):
        self.sim.fault(kind="reset_after", scope="create", count="1")
        self.home.run("send", THEIRS, "-m", "whose is it?", "-q", check=7)
        done = self.home.run("sync", "messages", check=0)
        self.assertEqual(done.stdout, "")
        self.assertIn("smsctl reconcile", done.stderr)
        self.assertEqual(len(self.messages()), 1)
        self.home.run("sync", "messages", "--full", "-q", check=0)
        self.assertEqual(len(self.messages()), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
