"""Automatic replies as a user meets them, at a provider that carries them out."""

import unittest

from smsctl_process import Home, wait_until


class Replies(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())
        self.ours = self.sim.numbers[0]

    def text(self, body, sender="+14155552671"):
        """A text that the provider itself brings to the webhook of our number."""
        self.home.run("trigger", "inbound.sms", "--via", "sim", "--set", f"From={sender}",
                      "--set", f"To={self.ours}", "--set", f"Body={body}", check=0)

    def outbound(self):
        return self.home.records("message", "list", "--direction", "out", "--limit", "0")

    def test_a_conversation_with_the_provider(self):
        self.home.run("reply", "add", "hours", "-m", "9 < 5 & {{keyword}} ✓", check=0)
        with self.home.background("listen", "--addr", "127.0.0.1:0", "--reply", "Thanks {{name|friend}}") as (_, ready):
            self.home.run("number", "set", self.ours, f"webhook={ready['url']}", "-y", check=0)
            self.text("Hours please")
            wait_until(lambda: [m["status"] for m in self.outbound()] == ["delivered"])
            reply = self.outbound()[0]
            self.assertEqual(reply["body"], "9 < 5 & hours ✓")
            at_provider = [m for m in self.sim.state()["messages"] if m["direction"] == "outbound-reply"]
            self.assertEqual([m["body"] for m in at_provider], ["9 < 5 & hours ✓"])
            self.assertEqual(at_provider[0]["sid"], reply["provider_id"])
            self.text("Something else")
            wait_until(lambda: [m["status"] for m in self.outbound()] == ["delivered", "delivered"])
            for body in ("Hours again", "Something", "STOP"):
                self.text(body)
            received = ["--direction", "in", "--limit", "0"]
            wait_until(lambda: len(self.home.records("message", "list", *received)) == 5)
            self.assertEqual(sorted(self.sim.bodies()), ["9 < 5 & hours ✓", "Thanks friend"])
        withheld = [e["reply"]["withheld"] for e in self.home.records("tail", "--kind", "event", "--last", "1000")
                    if e["object"] == "event" and e["reply"] and e["reply"]["withheld"]]
        self.assertEqual(len(withheld), 2)  # the repeats; nothing is said of STOP at all


if __name__ == "__main__":
    unittest.main(verbosity=2)
