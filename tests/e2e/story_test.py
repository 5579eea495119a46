"""The main job from end to end: set up, sync, send, receive, follow, reconcile, each command as a
user would type it, against a running sim.
"""

import json
import threading
import unittest

from smsctl_process import Home, wait_until

THEIRS = "+14155552671"


class Story(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())
        self.ours = self.sim.numbers[0]

    def one(self, *args, **kwargs):
        records = self.home.records(*args, **kwargs)
        self.assertEqual(len(records), 1, records)
        return records[0]

    def test_numbers_are_synced_once(self):
        numbers = self.home.records("number", "list")
        self.assertEqual({n["number"] for n in numbers}, set(self.sim.numbers))
        self.assertEqual(self.home.records("sync", "numbers"), [])

    def test_a_message_is_sent_waited_for_and_shown(self):
        sent = self.one("send", THEIRS, "-m", "Hello", "--wait", "delivered", "--timeout", "30s")
        self.assertEqual(sent["status"], "delivered")
        self.assertEqual((sent["from"], sent["to"], sent["body"]), (self.ours, THEIRS, "Hello"))
        shown = self.one("message", "show", sent["id"])
        self.assertEqual(shown["provider_id"], sent["provider_id"])
        self.assertEqual(self.one("message", "show", sent["provider_id"])["id"], sent["id"])
        self.assertEqual(self.one("message", "show", sent["id"][:-2])["id"], sent["id"])
        self.assertEqual(self.sim.bodies(), ["Hello"])

    def test_a_dry_run_sends_and_stores_nothing(self):
        verdict = self.one("send", THEIRS, "-m", "Grüße ✓", "-n")
        self.assertEqual(verdict["verdict"], "send")
        self.assertEqual(verdict["encoding"], "UCS-2")
        self.assertEqual(verdict["ucs2_because"], {"character": "✓", "index": 6})
        self.assertEqual(self.home.records("message", "list"), [])
        self.assertEqual(self.sim.bodies(), [])

    def test_a_key_sends_once(self):
        args = ("send", THEIRS, "-m", "Order 42", "--key", "order-42")
        first, second = self.one(*args), self.one(*args)
        self.assertFalse(first["replayed"])
        self.assertTrue(second["replayed"])
        self.assertEqual(first["id"], second["id"])
        other = self.home.run("send", THEIRS, "-m", "Other", "--key", "order-42", check=2)
        self.assertEqual(json.loads(other.stderr)["code"], "usage.key_reused")
        self.assertEqual(self.sim.bodies(), ["Order 42"])

    def test_each_failure_has_its_exit_code(self):
        for number, code, provider_code in (("+15005550001", 5, 21211), ("+15005550004", 5, 21610),
                                            ("+15005550009", 5, 21614)):
            with self.subTest(number=number):
                done = self.home.run("send", number, "-m", "Hi", check=code)
                error = json.loads(done.stderr)
                self.assertEqual(error["provider"]["code"], provider_code)
                self.assertEqual(error["exit"], code)
                self.assertFalse(error["retryable"])
        # 21610 was remembered: the second time it is our own policy that says no.
        self.home.run("send", "+15005550004", "-m", "Hi", check=11)
        self.home.run("send", "hello", "-m", "Hi", check=2)
        self.home.run("message", "show", "msg_00000000000000000000000000", check=3)

    def test_a_lost_answer_is_in_doubt_and_not_repeated(self):
        self.sim.fault(kind="reset_after", count=1)
        lost = self.home.run("send", THEIRS, "-m", "Lost", "--key", "lost", check=7)
        self.assertEqual(json.loads(lost.stderr)["exit"], 7)
        self.assertEqual(json.loads(lost.stdout)["status"], "in_doubt")
        self.home.run("send", THEIRS, "-m", "Lost", "--key", "lost", check=7)
        self.assertEqual(self.sim.bodies(), ["Lost"])

    def test_a_rate_limit_is_waited_out(self):
        self.sim.fault(kind="refuse_429", count=2, retry_after=0)
        self.assertEqual(self.one("send", THEIRS, "-m", "Soon")["attempts"], 3)
        self.assertEqual(self.sim.bodies(), ["Soon"])

    def test_a_text_is_received_answered_and_followed(self):
        with self.home.background("listen", "--addr", "127.0.0.1:0") as (_, ready), \
                self.home.background_lines("tail", "-f", "--last", "0") as lines:
            # `tail` must be following before there is something to see.
            self.home.run("trigger", "inbound.sms", "--url", ready["url"], "--set", f"From={THEIRS}",
                          "--set", "Body=On my way", check=0)
            record = json.loads(lines.next())
            self.assertEqual((record["direction"], record["body"]), ("inbound", "On my way"))
            forged = self.home.records("trigger", "inbound.sms", "--url", ready["url"], "--bad-signature",
                                       "--expect", "403")
            self.assertEqual(forged[0]["http"], 403)
        inbox = self.one("inbox")
        self.assertEqual((inbox["unread_count"], inbox["status"]), (1, "open"))
        reply = self.one("send", "--reply", record["id"], "-m", "Good")
        self.assertEqual(reply["conversation"], record["conversation"])
        self.assertTrue(self.one("message", "show", record["id"])["processed"])
        self.home.run("message", "mark", record["id"], "--read", check=0)
        self.assertEqual(self.one("inbox")["unread_count"], 0)

    def test_delivery_reports_come_by_callback(self):
        with self.home.background("listen", "--addr", "127.0.0.1:0") as (_, ready):
            self.home.run("workspace", "set", "test", f"public-url={ready['url']}", check=0)
            sent = self.one("send", THEIRS, "-m", "Watch me")
            wait_until(lambda: self.one("message", "show", sent["id"])["status"] == "delivered")
        events = self.home.records("tail", sent["conversation"], "--kind", "event", "--last", "100")
        self.assertIn("callback", {event["source"] for event in events})

    def test_listen_once_ends_with_the_awaited_text(self):
        done = {}

        def await_code(ready_file):
            done["listen"] = self.home.run(
                "listen", "--addr", "127.0.0.1:0", "--once", "--match", r"body~\b[0-9]{6}\b", "--timeout", "60s",
                "--print", "{{body}}", "--ready-file", str(ready_file))

        ready_file = self.home.path / "ready.json"
        listener = threading.Thread(target=await_code, args=(ready_file,))
        listener.start()
        ready = wait_until(lambda: ready_file.exists() and json.loads(ready_file.read_text()))
        for body in ("no code here", "your code is 123456"):
            self.home.run("trigger", "inbound.sms", "--url", ready["url"], "--set", f"Body={body}", check=0)
        listener.join(60)
        self.assertEqual(done["listen"].returncode, 0, done["listen"].stderr)
        self.assertEqual(done["listen"].stdout, "your code is 123456\n")
        self.home.run("listen", "--addr", "127.0.0.1:0", "--once", "--timeout", "100ms", check=8)

    def test_reconcile_finds_what_callbacks_did_not_bring(self):
        sent = self.one("send", THEIRS, "-m", "No callback")
        wait_until(lambda: self.sim.status(sent["provider_id"]) == "delivered")
        self.sim.inbound(From=THEIRS, To=self.ours, Body="You were away")
        records = self.home.records("reconcile", "--older-than", "0s")
        self.assertEqual(records[-1]["object"], "summary")
        self.assertEqual({r.get("status") for r in records[:-1]}, {"delivered", "received"})
        self.assertEqual(self.one("message", "show", sent["id"])["status"], "delivered")
        again = self.home.records("reconcile", "--older-than", "0s")
        self.assertEqual([r["object"] for r in again], ["summary"])
        self.assertEqual(self.home.run("reconcile", "-q", check=0).stdout, "")

    def test_a_stop_blocks_and_a_start_frees(self):
        with self.home.background("listen", "--addr", "127.0.0.1:0") as (_, ready):
            def say(body):
                self.home.run("trigger", "inbound.sms", "--url", ready["url"], "--set", f"From={THEIRS}",
                              "--set", f"To={self.ours}", "--set", f"Body={body}", check=0)
            say("STOP")
            blocked = self.home.run("send", THEIRS, "-m", "Hi", check=11)
            self.assertEqual(json.loads(blocked.stderr)["code"], "blocked.opt_out")
            say("START")
            self.home.run("send", THEIRS, "-m", "Hi", check=0)
        self.assertEqual(self.sim.bodies(), ["Hi"])

    def test_a_number_is_pointed_and_put_back(self):
        url = "https://sms.example.com/in"
        self.home.run("number", "set", self.ours, f"webhook={url}", check=2)  # wants --yes
        self.home.run("number", "set", self.ours, f"webhook={url}", "--yes", check=0)
        self.assertEqual(self.one("number", "show", self.ours)["webhook_url"], url)
        self.home.run("number", "set", self.ours, "--undo", "--yes", check=0)
        self.assertNotEqual(self.one("number", "show", self.ours)["webhook_url"], url)
        self.assertEqual(self.home.records("sync", "numbers"), [])


class LostDatabase(unittest.TestCase):
    def test_a_named_file_that_is_not_there_is_said_to_be_and_none_is_made(self):
        with Home() as home:
            lost = home.path / "lost.db"
            for args in (("message", "list"), ("inbox",), ("workspace", "list"), ("tail",), ("reconcile",),
                         ("send", THEIRS, "-m", "Hi"), ("db", "check")):
                for named in (("--db", str(lost), *args), args):
                    with self.subTest(named=named):
                        done = home.run(*named, env={"SMSCTL_DB": str(lost)}, check=3)
                        error = json.loads(done.stderr)
                        self.assertEqual(error["code"], "not_found.database")
                        self.assertIn(str(lost), error["message"])
                        self.assertFalse(lost.exists())
            home.run("--db", str(lost), "workspace", "add", "new", "--provider", "twilio", "--account-sid",
                     "AC" + "0" * 32, "--secret-stdin", "--no-check", stdin="token\n", check=0)
            self.assertEqual(len(home.records("--db", str(lost), "workspace", "list")), 1)


class SimWraps(unittest.TestCase):
    def test_sim_runs_a_command_and_gives_its_status(self):
        with Home() as home:
            binary = __import__("smsctl_process").BINARY
            done = home.run("sim", "--speed", "100", "--", "sh", "-c",
                            f"{binary} send +15005550006 -m 'build ok' --wait delivered --timeout 30s")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["status"], "delivered")
            self.assertEqual(home.run("sim", "--", "sh", "-c", "exit 42").returncode, 42)
            self.assertFalse(home.database.exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
