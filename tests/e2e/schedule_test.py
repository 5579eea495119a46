"""Messages for later: planned here or held by the provider, sent once, taken back, stopped by STOP."""

import collections
import concurrent.futures
import json
import signal
import subprocess
import tempfile
import unittest

from smsctl_process import BINARY, PATIENCE, Home, wait_until

ANN, BEN = "+14155552671", "+14155552672"


class Schedule(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())

    def one(self, *args, **kwargs):
        records = self.home.records(*args, **kwargs)
        self.assertEqual(len(records), 1, records)
        return records[0]

    def plan(self, count, text):
        """So many messages that wait, and whose time has come."""
        for number in range(count):
            self.home.run("send", ANN, "-m", f"{text} {number}", "--at", "1h", check=0)
        self.home.make_due()

    def start(self, *args):
        return subprocess.Popen([BINARY, "send", "--due", *args], env=self.home.env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_a_message_goes_at_its_time_and_once(self):
        planned = self.one("send", ANN, "-m", "In a moment", "--at", "2s")
        self.assertEqual((planned["status"], planned["provider_id"]), ("planned", None))
        self.assertEqual(self.home.run("send", "--due", check=0).stdout, "")
        sent = wait_until(lambda: self.home.records("send", "--due"))
        self.assertEqual([m["id"] for m in sent], [planned["id"]])
        self.assertGreaterEqual(sent[0]["status_at"], planned["scheduled_at"])
        quiet = self.home.run("send", "--due", "-q", check=0)
        self.assertEqual((quiet.stdout, quiet.stderr), ("", ""))
        self.assertEqual(self.sim.bodies(), ["In a moment"])

    def test_many_dispatches_at_once_send_each_message_once(self):
        for turn in range(4):
            self.plan(12, f"turn {turn},")
            together = [self.start() for _ in range(4)]
            with concurrent.futures.ThreadPoolExecutor(4) as waiters:
                ended = list(waiters.map(lambda p: (*p.communicate(timeout=PATIENCE), p.returncode), together))
            self.assertEqual({code for _, _, code in ended}, {0}, [err for _, err, _ in ended])
            told = [json.loads(line)["id"] for out, _, _ in ended for line in out.splitlines()]
            self.assertEqual(len(told), len(set(told)))
            self.assertEqual(len(told), 12)
        counts = collections.Counter(self.sim.bodies())
        self.assertEqual(set(counts.values()), {1})
        self.assertEqual(len(counts), 48)

    def test_a_signal_leaves_the_rest_to_the_next_run(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            self.plan(3, f"before {code},")
            self.sim.fault(kind="refuse_429", retry_after="60")
            process = self.start()
            wait_until(lambda: [m for m in self.home.records("message", "list")
                                if m["attempts"] > 0 and m["status"] == "planned"])
            process.send_signal(number)
            out, err = process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, code, err)
            self.assertIn("smsctl send --due", err)
            sent = self.home.records("send", "--due")
            self.assertEqual(len(sent) + len(out.splitlines()), 3)
        self.assertEqual(set(collections.Counter(self.sim.bodies()).values()), {1})

    def test_an_outage_leaves_them_planned_and_says_so(self):
        self.plan(2, "patient")
        nobody = {"SMSCTL_API_BASE": "http://127.0.0.1:9"}
        done = self.home.run("send", "--due", "-q", env=nobody, check=6)
        self.assertEqual(done.stdout, "")
        self.assertTrue(json.loads(done.stderr)["retryable"])
        self.assertEqual(len(self.home.records("send", "--due")), 2)
        self.assertEqual(len(self.sim.bodies()), 2)

    def test_stop_between_plan_and_time_keeps_them_from_being_texted(self):
        for to in (ANN, BEN):
            self.home.run("send", to, "-m", f"to {to}", "--at", "1h", check=0)
        with self.home.background("listen", "--addr", "127.0.0.1:0") as (_, ready):
            self.home.run("number", "set", self.sim.numbers[0], f"webhook={ready['url']}", "--yes", check=0)
            self.sim.inbound(From=ANN, To=self.sim.numbers[0], Body="STOP")
            wait_until(lambda: self.home.records("optout", "list"))
        self.home.make_due()
        done = self.home.run("send", "--due", check=9)
        statuses = {m["to"]: m["status"] for m in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(statuses[ANN], "blocked")
        self.assertNotEqual(statuses[BEN], "blocked")
        self.assertEqual(self.sim.bodies(), [f"to {BEN}"])

    def test_the_provider_holds_what_goes_through_a_messaging_service(self):
        held = self.one("send", ANN, "-m", "Held", "--at", "20m", "-f", self.sim.state()["messaging_service_sid"])
        self.assertEqual(held["status"], "scheduled")
        self.assertEqual(self.home.run("send", "--due", check=0).stdout, "")
        self.sim.advance("21m")
        wait_until(lambda: self.sim.status(held["provider_id"]) == "delivered")
        self.home.run("reconcile", "--older-than", "0s", check=0)
        self.assertEqual(self.one("message", "show", held["id"])["status"], "delivered")
        self.assertEqual(self.sim.bodies(), ["Held"])

    def test_rows_of_a_batch_go_with_what_else_is_due(self):
        self.home.run("bulk", "-", "-m", "From the list", "--at", "1h", "--name", "spring", "-y",
                      stdin=f"to\n{ANN}\n{BEN}\n", check=0)
        self.home.run("send", ANN, "-m", "Single", "--at", "1h", check=0)
        self.assertEqual(self.sim.bodies(), [])
        self.home.make_due()
        sent = self.home.records("send", "--due")
        self.assertEqual(collections.Counter(bool(m["batch"]) for m in sent), {True: 2, False: 1})
        self.assertEqual(sorted(self.sim.bodies()), ["From the list", "From the list", "Single"])
        self.assertEqual(self.one("bulk", "show", "spring")["status"], "done")

    def test_what_is_canceled_never_goes(self):
        service = self.sim.state()["messaging_service_sid"]
        here = self.one("send", ANN, "-m", "Waits here", "--at", "1h")
        held = self.one("send", ANN, "-m", "Held", "--at", "20m", "-f", service)
        canceled = self.home.records("cancel", here["id"], held["provider_id"])
        self.assertEqual({m["status"] for m in canceled}, {"canceled"})
        self.home.make_due()
        self.assertEqual(self.home.run("send", "--due", check=0).stdout, "")
        self.sim.advance("21m")
        self.assertEqual(self.sim.status(held["provider_id"]), "canceled")
        self.assertEqual(self.sim.bodies(), ["Held"])

    def test_a_batch_is_canceled_under_the_process_that_sends_it(self):
        rows = 400
        self.home.run("workspace", "set", "test", "rate=20", check=0)
        numbers = "\n".join(f"+1415555{n}" for n in range(2000, 2000 + rows))
        self.home.run("workspace", "set", "test", "segment-price=0.01", check=0)
        # A pipe that nobody reads yet would fill up and hold the batch.
        out = tempfile.TemporaryFile("w+", encoding="utf-8")
        self.addCleanup(out.close)
        bulk = subprocess.Popen(
            [BINARY, "bulk", "-", "-m", "Too many", "--name", "much", "-y", "--max-cost", "100"],
            env=self.home.env, text=True, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.PIPE)
        bulk.stdin.write(f"to\n{numbers}\n")
        bulk.stdin.close()
        bulk.stdin = None
        wait_until(lambda: len(self.sim.bodies()) >= 20)
        counts = self.one("cancel", "much")["counts"]
        sent = len(self.sim.bodies())
        _, err = bulk.communicate(timeout=PATIENCE)
        # Whoever sends the list must not take it for sent.
        self.assertEqual(bulk.returncode, 9, err)
        self.assertIn(f"{rows - sent:,} canceled", err)
        out.seek(0)
        lines = out.read().splitlines()
        self.assertEqual(json.loads(lines[-1])["status"], "canceled")
        self.assertEqual(len(self.sim.bodies()), sent)
        self.assertLess(sent, rows)
        self.assertEqual(counts["canceled"], rows - sent)
        self.assertEqual(counts["planned"] + counts["submitting"], 0)
        after = self.one("bulk", "show", "much")
        self.assertEqual((after["status"], after["counts"]["canceled"]), ("canceled", rows - sent))
        self.assertEqual(self.home.run("bulk", "resume", "much", "-y").returncode, 2)

    def test_a_cancel_that_is_killed_is_gone_on_with(self):
        service = self.sim.state()["messaging_service_sid"]
        for turn in range(4):
            name = f"batch {turn}"
            self.home.run("bulk", "-", "-m", name, "--name", name, "--at", "20m", "-f", service, "-y", "-q",
                          stdin="to\n" + "\n".join(f"+141555526{n}" for n in range(10, 70)) + "\n", check=0)
            canceling = subprocess.Popen([BINARY, "cancel", name], env=self.home.env, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_until(lambda: self.status_counts(name)["canceled"] > turn * 10)
            canceling.kill()
            canceling.wait(timeout=PATIENCE)
            self.home.run("cancel", name, check=0)
            self.assertEqual(self.status_counts(name)["canceled"], 60)
        self.assertEqual({m["status"] for m in self.sim.state()["messages"]}, {"canceled"})

    def status_counts(self, text):
        return collections.Counter(m["status"] for m in self.sim.state()["messages"] if m["body"] == text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
