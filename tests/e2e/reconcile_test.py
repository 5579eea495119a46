"""reconcile as cron and systemd run it: bounded requests, one at a time, ended by signals, gone on with,
and lists that move while they are read.
"""

import collections
import json
import signal
import time
import unittest

from lists import number, query, write_list
from smsctl_process import PATIENCE, Home

ROWS = 2600  # three pages


class Reconcile(unittest.TestCase):
    def world(self, *sim_args):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated(*sim_args))
        self.home.run("workspace", "set", "test", "segment-price=0.0001", check=0)

    def send_list(self, name="list", rows=ROWS, first=0):
        path = write_list(self.home, name, rows, first)
        self.home.run("bulk", path, "-m", "No. {{nth}}", "--name", name, "-y", "--max-cost", "900", "-q", check=0)

    def requests(self):
        return sum(self.sim.counts()["answers"].values())

    def reconcile(self, *args):
        *records, summary = self.home.records("reconcile", "--older-than", "0s", *args)
        return records, summary

    def wait_until_delivered(self):
        end = time.monotonic() + PATIENCE
        while set(self.sim.counts()["statuses"]) - {"delivered", "received"}:
            self.assertLess(time.monotonic(), end)

    def test_pages_of_a_list_that_grows_while_it_is_read_show_everything_once(self):
        self.world()
        self.send_list()
        self.wait_until_delivered()
        texts, received, delivered = [], [], []
        for nth in range(12):
            before = self.requests()
            records, summary = self.reconcile("--max-requests", "2")
            self.assertLessEqual(self.requests() - before, 2)
            self.assertEqual(summary["requests"], self.requests() - before)
            received += [r["body"] for r in records if r["direction"] == "inbound"]
            delivered += [r["provider_id"] for r in records if r["status"] == "delivered"]
            if nth < 5:  # what comes in between two pages
                texts.append(f"Text {nth}")
                self.sim.inbound(From=number(9000 + nth), To=self.sim.numbers[0], Body=texts[-1])
        self.assertEqual(collections.Counter(received), collections.Counter(texts))
        self.assertEqual(len(delivered), ROWS)
        self.assertEqual(len(set(delivered)), ROWS)
        records, summary = self.reconcile()
        self.assertEqual((records, summary["open"], summary["stopped_early"]), ([], 0, False))

    def test_a_whole_run_takes_hardly_more_requests_than_there_are_pages(self):
        self.world()
        self.send_list()
        self.wait_until_delivered()
        before = self.requests()
        _, summary = self.reconcile()
        self.assertLessEqual(self.requests() - before, 3 + 2)
        self.assertEqual((summary["checked"], summary["changed"], summary["lookups"]), (ROWS, ROWS, 0))
        self.assertEqual(summary["pages"], summary["requests"])
        self.assertEqual(summary["saved"], ROWS - summary["requests"])
        prices = query(self.home, "SELECT count(*) FROM messages WHERE price_micros > 0")
        self.assertEqual(prices, [(ROWS,)])
        before = self.requests()
        self.assertEqual(self.reconcile("--no-inbound")[1]["checked"], 0)
        self.assertEqual(self.requests(), before)

    def test_refusals_count_and_slow_it_down(self):
        self.world()
        self.send_list(rows=30)
        self.wait_until_delivered()
        self.sim.fault(kind="refuse_429", scope="read", count=3, retry_after=1)
        before, began = self.requests(), time.monotonic()
        _, summary = self.reconcile("--no-inbound")
        self.assertGreaterEqual(time.monotonic() - began, 3)
        self.assertEqual(summary["requests"], self.requests() - before)
        self.assertEqual((summary["requests"], summary["changed"]), (4, 30))

        self.send_list("more", rows=30, first=30)
        self.wait_until_delivered()
        self.sim.fault(kind="refuse_429", scope="read", count=50, retry_after=0)
        before = self.requests()
        _, summary = self.reconcile("--no-inbound", "--max-requests", "5")
        self.assertEqual(self.requests() - before, 5)
        self.assertEqual((summary["changed"], summary["stopped_early"]), (0, True))

    def test_an_outage_is_exit_6_and_the_next_run_goes_on(self):
        self.world()
        self.send_list(rows=30)
        self.wait_until_delivered()
        self.sim.fault(kind="error_503_before", scope="read", count=4)
        done = self.home.run("reconcile", "--older-than", "0s", "--no-inbound", check=6)
        self.assertIn("provider.unavailable", done.stderr)
        self.assertEqual(self.reconcile("--no-inbound")[1]["changed"], 30)

    def test_a_second_run_beside_the_first_is_skipped(self):
        self.world("--latency", "1s")
        first = self.home.start("reconcile", "--interval", "1h")
        try:
            end = time.monotonic() + PATIENCE
            while not query(self.home, "SELECT * FROM leases"):
                self.assertLess(time.monotonic(), end)
            [summary] = self.home.records("reconcile")
            self.assertEqual(summary["skipped"], "locked")
            self.assertEqual(self.home.run("reconcile", "-q", check=0).stdout, "")
        finally:
            first.send_signal(signal.SIGTERM)
            out, err = first.communicate(timeout=PATIENCE)
        self.assertEqual(first.returncode, 0, err)
        self.assertEqual(query(self.home, "SELECT * FROM leases"), [])

    def test_interval_runs_again_and_a_signal_ends_it(self):
        self.world()
        process = self.home.start("reconcile", "--interval", "1s")
        try:
            for _ in range(2):
                self.assertEqual(json.loads(process.stdout.readline())["object"], "summary")
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0)
        self.home.run("reconcile", "--interval", "0s", check=2)
        self.home.run("reconcile", "--interval", "5m", "--exit-status", check=2)

    def test_sigterm_ends_one_run_with_143_and_loses_nothing(self):
        self.world("--latency", "300ms")
        self.home.run("send", "+14155552671", "-m", "Hi", check=0)
        process = self.home.start("reconcile", "--older-than", "0s")
        end = time.monotonic() + PATIENCE
        while not query(self.home, "SELECT * FROM leases"):
            self.assertLess(time.monotonic(), end)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 143, err)
        self.assertEqual(query(self.home, "SELECT * FROM leases"), [])
        self.wait_until_delivered()
        self.reconcile()
        self.assertEqual(query(self.home, "SELECT status FROM messages"), [("delivered",)])

    def test_exit_status_tells_of_failures_and_of_what_is_open(self):
        self.world()
        self.home.run("send", "+14155552671", "-m", "Hi", check=0)
        self.wait_until_delivered()
        self.home.run("reconcile", "--older-than", "0s", "--exit-status", "-q", check=0)
        self.sim.fault(kind="close_after")
        self.home.run("send", "+14155552671", "-m", "doubt", check=7)
        self.home.run("reconcile", "--no-settle", "--exit-status", "-q", check=8)
        self.home.run("reconcile", "--older-than", "0s", "-q", check=0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
