"""Every record that a real session prints validates against the schema that `help schema` prints."""

import json
import sys
import unittest
import urllib.parse
import urllib.request

from smsctl_process import PATIENCE, Home

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

THEIRS, OTHER = "+14155552671", "+14155552672"


class Schemas(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())
        self.seen = set()

    def schema(self, name):
        return json.loads(self.home.run("help", "schema", name, check=0).stdout)

    def check(self, text):
        for line in text.splitlines():
            record = json.loads(line)
            schema = self.schema(record["object"])
            jsonschema.validate(record, schema)
            self.assertEqual(list(record), list(schema["properties"]), "the order is fixed")
            self.seen.add(record["object"])

    def test_real_output_is_what_the_schemas_say(self):
        ours = self.sim.numbers[0]
        with self.home.background("listen", "--addr", "127.0.0.1:0") as (_, ready):
            url = ready["url"]
            for args in (("workspace", "list"), ("workspace", "show", "test"), ("workspace", "test"),
                         ("number", "list"), ("number", "show", ours),
                         ("number", "set", ours, "webhook=https://example.com/", "--yes"),
                         ("send", THEIRS, "-m", "Hi", "-n"), ("send", THEIRS, "-m", "Hi"),
                         ("send", "+15005550001", "-m", "Hi"), ("send", THEIRS, "-m", "Later", "--at", "2h"), ("send", "--due", "-n"), ("cancel", "msg_", "-n"),
                         ("send", THEIRS, "-m", "Hi", "--at", "2h", "-n"), ("send", THEIRS, "--media", "https://example.com/a.png"),
                         ("trigger", "inbound.mms", "--url", url, "--set", f"To={ours}"),
                         ("trigger", "inbound.sms", "--url", url, "--bad-signature", "--expect", "403"),
                         ("trigger", "status.failed:30003", "--url", url),
                         ("optout", "add", OTHER, "-n"), ("optout", "add", OTHER, "--reason", "by phone"), ("optout", "list"),
                         ("optout", "check", OTHER, THEIRS), ("optout", "rm", OTHER, "--reason", "a mistake"),
                         ("template", "add", "hi", "-m", "Hi {{name|you}} {{code}}", "-n"),
                         ("template", "add", "hi", "-m", "Hi {{name|you}} {{code}}"), ("template", "list"),
                         ("template", "render", "hi", "--var", "code=7"), ("template", "render", "hi"),
                         ("reply", "add", "hours", "-m", "9 to 5", "-n"), ("reply", "add", "hours", "-m", "9 to 5"),
                         ("reply", "list"), ("trigger", "inbound.sms", "--url", url, "--set", f"To={ours}", "--set", "Body=hours"),
                         ("message", "list"), ("report", "webhooks"), ("inbox",), ("tail", "--kind", "all", "--last", "100"),
                         ("reconcile", "--older-than", "0s"), ("db", "path", "--json"), ("db", "check"), ("db", "migrate"), ("doctor",), ("message", "search", "hi"),
                         ("db", "backup", str(self.home.path / "copy.db"))):
                with self.subTest(args=args):
                    done = self.home.run(*args)
                    self.check(done.stdout)
                    self.check(done.stderr if done.returncode else "")
            call = urllib.parse.urlencode({"From": THEIRS, "To": ours}).encode()
            urllib.request.urlopen(self.sim.url + "/sim/calls", data=call, timeout=PATIENCE).close()
            for args in (("sync",), ("tail", "--kind", "call"), ("tail", "--kind", "event")):
                self.check(self.home.run(*args, check=0).stdout)
            event = next(e["id"] for e in self.home.records("tail", "--kind", "event", "--last", "100")
                         if e["source"] == "callback")
            self.check(self.home.run("message", "show", event, "--verify", check=0).stdout)
            received = next(m for m in self.home.records("message", "list") if m["direction"] == "inbound" and m["media"])
            self.check(self.home.run("message", "show", received["id"], "--media", str(self.home.path)).stdout)
            for verb in ("redact", "rm"):
                self.check(self.home.run("message", verb, received["id"], check=0).stdout)
        # A number that the provider changed behind our back gives a difference.
        with self.home.background("sim", "--addr", "127.0.0.1:0") as (_, other):
            self.check(self.home.run("sync", "numbers", env={"SMSCTL_API_BASE": other["url"]}).stdout)
        for name in ("message", "event", "number", "workspace", "conversation", "delivery", "summary", "error", "verdict",
                     "opt_out", "template", "rendering", "verification", "media", "call", "change", "check"):
            self.assertIn(name, self.seen)


if __name__ == "__main__":
    unittest.main(verbosity=2)
