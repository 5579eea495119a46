"""What must not stay: redacted and removed here and at the provider, found nowhere, and not brought back."""

import json
import unittest

from smsctl_process import Home

THEIRS = "+14155552671"
SECRET = "xylophone"


class Removal(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())

    def send(self, *more):
        """A delivered message."""
        return json.loads(self.home.run("send", THEIRS, "-m", f"{SECRET} for you", "--wait", "delivered", "--timeout", "30s",
                                        *more, check=0).stdout.splitlines()[-1])

    def there(self, sid):
        """The message at the provider, or nothing once it is deleted."""
        return next((m for m in self.sim.state()["messages"] if m["sid"] == sid and not m.get("deleted")), None)

    def in_files(self):
        folder = self.home.database.parent
        return any(SECRET.encode() in file.read_bytes() for file in folder.iterdir() if file.is_file())

    def test_redacted_text_is_nowhere(self):
        message = self.send("--key", "order-42")
        self.assertEqual(len(self.home.records("message", "search", SECRET)), 1)
        self.assertTrue(self.in_files())
        record = self.home.records("message", "redact", message["id"], "--remote")[0]
        self.assertEqual(record["body"], "")
        self.assertEqual(self.there(message["provider_id"])["body"], "")
        self.assertEqual(self.home.records("message", "search", SECRET), [])
        self.assertFalse(self.in_files())
        self.home.run("reconcile", "--older-than", "0s", "--since", "1d", check=0)
        self.assertEqual(self.home.records("message", "show", message["id"])[0]["body"], "")
        # The key still is the message's.
        again = self.home.records("send", THEIRS, "-m", f"{SECRET} for you", "--key", "order-42")[0]
        self.assertEqual((again["id"], again["replayed"]), (message["id"], True))

    def test_a_removed_message_is_not_sent_or_fetched_again(self):
        message = self.send("--key", "order-42")
        self.home.run("trigger", "inbound.sms", "--via", "sim", "--set", f"To={self.sim.numbers[0]}", "--set",
                      f"Body={SECRET} back", check=0)
        self.home.run("reconcile", "--older-than", "0s", check=0)
        inbound = self.home.records("message", "list", "--direction", "in")
        self.assertEqual(len(inbound), 1)
        self.home.run("message", "rm", message["id"], inbound[0]["id"], check=0)
        refused = self.home.run("send", THEIRS, "-m", f"{SECRET} for you", "--key", "order-42", check=11)
        self.assertEqual(json.loads(refused.stderr.splitlines()[-1])["code"], "blocked.duplicate")
        self.home.run("reconcile", "--older-than", "0s", "--since", "1d", check=0)
        self.home.run("sync", "messages", "--since", "1d", check=0)
        self.assertEqual(self.home.records("message", "list"), [])
        self.assertEqual(len(self.sim.bodies()), 1)
        self.home.run("db", "check", check=0)

    def test_rm_remote_deletes_there_first_and_asks(self):
        message = self.send()
        self.home.run("message", "rm", message["id"], "--remote", check=2)
        self.assertIsNotNone(self.there(message["provider_id"]))
        self.home.run("message", "rm", message["id"], "--remote", "--yes", check=0)
        self.assertIsNone(self.there(message["provider_id"]))
        self.home.run("message", "show", message["id"], check=3)

    def test_what_the_provider_did_not_do_is_named_and_done_later(self):
        message = self.send()
        self.home.run("message", "redact", message["id"], "--remote", env={"SMSCTL_API_BASE": "http://127.0.0.1:1"}, check=6)
        self.assertNotEqual(self.there(message["provider_id"])["body"], "")
        self.assertEqual(self.home.records("message", "show", message["id"])[0]["body"], "")
        checks = [json.loads(line) for line in self.home.run("doctor", "--offline").stdout.splitlines()]
        stuck = next(check for check in checks if check["name"] == "stuck")
        self.assertEqual(stuck["fix"], f"smsctl message redact {message['id']} --remote -w test")
        self.home.run(*stuck["fix"].split()[1:], check=0)
        self.assertEqual(self.there(message["provider_id"])["body"], "")
        self.home.run("doctor", "--offline", check=0)

    def test_retention_is_applied_by_reconcile(self):
        message = self.send()
        self.home.run("workspace", "set", "test", "retention=1h", check=2)
        self.home.run("workspace", "set", "test", "retention=1d", check=0)
        self.home.run("reconcile", "--older-than", "0s", check=0)
        self.home.run("message", "show", message["id"], check=0)
        self.home.age(message["id"])
        self.home.run("reconcile", "--older-than", "0s", "-n", check=0)
        self.home.run("message", "show", message["id"], check=0)
        self.assertEqual(self.home.records("reconcile", "--older-than", "0s")[-1]["removed"], 1)
        self.home.run("message", "show", message["id"], check=3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
