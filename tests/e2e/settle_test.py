"""Sends whose answers are lost, and what reconcile makes of them: at the end the far end has each
message exactly once, and the database knows it by that message's own id.
"""

import base64
import unittest
import urllib.parse
import urllib.request

from lists import statuses, write_list
from smsctl_process import PATIENCE, Home

TO = "+14155552671"


class Settle(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())

    def visible_at_once(self):
        self.home.run("workspace", "set", "test", "visibility-delay=0s", check=0)

    def reconcile(self, *args):
        """The records of a run and its summary."""
        *records, summary = self.home.records("reconcile", "--older-than", "0s", "--no-inbound", *args)
        return records, summary

    def messages(self, body):
        return [m for m in self.home.records("message", "list") if m["body"] == body]

    def test_one_that_is_there_is_adopted_with_its_evidence(self):
        self.sim.fault(kind="close_after")
        self.home.run("send", TO, "-m", "lost", check=7)
        records, summary = self.reconcile()
        self.assertEqual((summary["settled"], summary["in_doubt"]), (1, 0))
        [message] = self.messages("lost")
        [there] = [m for m in self.sim.state()["messages"] if m["body"] == "lost"]
        self.assertEqual(message["provider_id"], there["sid"])
        self.assertIsNone(message["error"])
        self.assertEqual(records[0]["id"], message["id"])
        events = self.home.records("tail", message["conversation"], "--kind", "event")
        self.assertTrue(any("the one from" in (e["reason"] or "") for e in events), events)
        self.home.run("send", "--due", check=0)
        self.assertEqual(self.sim.bodies().count("lost"), 1)

    def test_one_that_is_not_there_waits_out_the_delay_and_is_sent_by_due(self):
        self.sim.fault(kind="close_before")
        self.home.run("send", TO, "-m", "gone", check=7)
        _, summary = self.reconcile()
        self.assertEqual((summary["settled"], summary["in_doubt"]), (0, 1))
        self.visible_at_once()
        records, summary = self.reconcile()
        self.assertEqual((summary["settled"], summary["in_doubt"]), (1, 0))
        self.assertEqual(records[0]["status"], "planned")
        self.assertEqual(self.sim.bodies(), [])
        self.home.run("send", "--due", "-q", check=0)
        self.assertEqual(self.sim.bodies(), ["gone"])
        self.assertEqual(self.reconcile()[1]["in_doubt"], 0)

    def test_two_alike_get_a_message_each(self):
        self.sim.fault(kind="close_after", count=2)
        for _ in range(2):
            self.home.run("send", TO, "-m", "twin", check=7)
        _, summary = self.reconcile()
        self.assertEqual(summary["settled"], 2)
        ids = {m["provider_id"] for m in self.messages("twin")}
        self.assertEqual(ids, {m["sid"] for m in self.sim.state()["messages"]})
        self.assertEqual(len(ids), 2)

    def test_two_alike_of_which_one_is_there(self):
        self.visible_at_once()
        self.sim.fault(kind="close_after")
        self.home.run("send", TO, "-m", "twin", check=7)
        self.sim.fault(kind="close_before")
        self.home.run("send", TO, "-m", "twin", check=7)
        self.assertEqual(self.reconcile()[1]["settled"], 2)
        self.home.run("send", "--due", "-q", check=0)
        self.assertEqual(self.sim.bodies(), ["twin", "twin"])
        self.assertEqual(len({m["provider_id"] for m in self.messages("twin")}), 2)

    def test_where_several_fit_it_stays_in_doubt_and_is_shown(self):
        self.visible_at_once()
        self.sim.fault(kind="close_after")
        self.home.run("send", TO, "-m", "which", check=7)
        form = {"To": TO, "From": self.sim.numbers[0], "Body": "which"}  # somebody else's
        request = urllib.request.Request(
            f"{self.sim.url}/2010-04-01/Accounts/{self.sim.account_sid}/Messages.json",
            data=urllib.parse.urlencode(form).encode())
        pair = f"{self.sim.account_sid}:{self.sim.auth_token}".encode()
        request.add_header("Authorization", "Basic " + base64.b64encode(pair).decode())
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            self.assertEqual(answer.status, 201)
        records, summary = self.reconcile()
        self.assertEqual((summary["settled"], summary["in_doubt"]), (0, 1))
        for there in self.sim.state()["messages"]:
            self.assertIn(there["sid"], records[0]["error"]["message"])
        self.assertEqual(self.reconcile()[0], [])  # it is told once
        self.home.run("send", "--due", "-q", check=0)
        self.assertEqual(self.sim.bodies().count("which"), 2)

    def test_no_settle_leaves_them_and_a_dry_run_only_says(self):
        self.visible_at_once()
        self.sim.fault(kind="close_before")
        self.home.run("send", TO, "-m", "gone", check=7)
        self.assertEqual(self.reconcile("--no-settle")[1]["in_doubt"], 1)
        records, _ = self.reconcile("-n")
        self.assertEqual(records[0]["status"], "planned")
        self.assertEqual(self.messages("gone")[0]["status"], "in_doubt")

    def test_a_list_of_which_half_the_answers_are_lost(self):
        self.visible_at_once()
        self.home.run("workspace", "set", "test", "segment-price=0.01", check=0)
        self.sim.fault(kind="close_after", percent=20)
        self.sim.fault(kind="close_before", percent=20)
        path = write_list(self.home, "half", 200)
        self.home.run("bulk", path, "-m", "No. {{nth}}", "--name", "half", "--yes", "--max-cost", "900",
                      "--rate", "10000")
        self.sim.fault(kind="none")
        self.assertGreater(statuses(self.home, "half")["in_doubt"], 20)
        for _ in range(3):
            _, summary = self.reconcile()
            self.assertEqual(summary["in_doubt"], 0)
            self.home.run("bulk", "resume", "half", "--yes", "--max-cost", "900")
        counts = self.sim.counts()
        self.assertEqual((counts["creates"], counts["recipients"]), (200, 200))
        ids = [m["provider_id"] for m in self.home.records("message", "list", "--limit", "0")]
        self.assertEqual(len(set(ids)), 200)
        self.assertEqual(set(ids), {m["sid"] for m in self.sim.state()["messages"]})


if __name__ == "__main__":
    unittest.main(verbosity=2)
