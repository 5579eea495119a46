"""Webhooks made by `trigger` and by the simulator reach a real listen; each can be looked at again."""

import json
import signal
import unittest

from smsctl_process import PATIENCE, Home, wait_until


class Trigger(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())
        self.ours = self.sim.numbers[0]
        _, ready = self.enterContext(home.background("listen", "--addr", "127.0.0.1:0"))
        self.url = ready["url"]

    def records(self, *args, check=0):
        return [json.loads(line) for line in self.home.run(*args, check=check).stdout.splitlines()]

    def bodies(self):
        return [message["body"] for message in self.records("message", "list", "--direction", "in")]

    def event(self, kind):
        return [e for e in self.records("tail", "--kind", "event", "--last", "100") if e["kind"] == kind][-1]["id"]

    def test_the_simulator_delivers_what_is_triggered_through_it(self):
        self.home.run("number", "set", self.ours, f"webhook={self.url}", "--yes", check=0)
        (record,) = self.records("trigger", "inbound.sms", "--via", "sim", "--set", "Body=through the simulator",
                                 "--set", "From=+14155552671")
        self.assertEqual((record["http"], record["ok"]), (201, True))
        wait_until(lambda: self.bodies() == ["through the simulator"])
        (message,) = self.records("message", "list")
        self.assertEqual(message["provider_id"], record["provider_id"])
        (seen,) = self.records("message", "show", self.event("message"), "--verify")
        self.assertEqual((seen["verified"], seen["url"]), (True, self.url))

    def test_a_refused_event_is_delivered_again_with_a_good_signature(self):
        self.records("trigger", "inbound.sms", "--url", self.url, "--set", f"To={self.ours}",
                     "--set", "Body=again", "--bad-signature", "--expect", "403")
        self.assertEqual(self.bodies(), [])
        refused = self.event("refused")
        (seen,) = self.records("message", "show", refused, "--verify")
        self.assertEqual((seen["verified"], seen["url"]), (False, None))
        self.records("trigger", refused, "--url", self.url)
        self.assertEqual(self.bodies(), ["again"])

    def test_a_flow_in_the_wrong_order_ends_where_it_should(self):
        (sent,) = self.records("send", "+14155552671", "-m", "Hi")
        records = self.records("trigger", "flow.reordered", "--url", self.url, "--duplicate",
                               "--set", f"MessageSid={sent['provider_id']}")
        self.assertEqual([record["http"] for record in records], [200] * 6)
        (message,) = self.records("message", "show", sent["id"])
        self.assertEqual(message["status"], "delivered")

    def test_an_interrupt_ends_the_wait_between_two(self):
        process = self.home.start("trigger", "inbound.sms", "--url", self.url, "--set", f"To={self.ours}",
                                  "--count", "3", "--interval", "1h")
        try:
            self.assertEqual(json.loads(process.stdout.readline())["http"], 200)
            process.send_signal(signal.SIGINT)
            rest, problem = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        self.assertEqual((process.returncode, rest), (130, ""))
        self.assertIn("1 of 3 were delivered", json.loads(problem)["hint"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
