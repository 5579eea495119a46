"""`listen --backfill`: what came while nobody listened is shown, forwarded and run commands for, once."""

import json
import signal
import unittest
import urllib.parse
import urllib.request

from application import Application
from smsctl_process import PATIENCE, Home, sign, wait_until

THEIRS = "+14155552671"


class Backfill(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())

    def come(self, *bodies):
        """Texts that reach the number; nobody is told of them. Gives their ids."""
        return [self.sim.inbound(From=THEIRS, To=self.sim.numbers[0], Body=body)["sid"] for body in bodies]

    def listen(self, *args):
        return self.home.background("listen", "--addr", "127.0.0.1:0", *args)

    def post(self, ready, sid, body):
        fields = {"MessageSid": sid, "AccountSid": self.sim.account_sid, "From": THEIRS, "To": self.sim.numbers[0],
                  "Body": body, "NumMedia": "0", "SmsStatus": "received"}
        request = urllib.request.Request(ready["url"], urllib.parse.urlencode(fields).encode(),
                                         {"X-Twilio-Signature": sign(ready["url"], fields, self.sim.auth_token)})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status

    def test_what_was_missed_comes_first_and_once(self):
        self.come("one", "two")
        done = self.home.run("listen", "--addr", "127.0.0.1:0", "--backfill", "1h", "--count", "2", "--print", "{{body}}",
                             "--timeout", "60s", check=0)
        self.assertEqual(done.stdout, "one\ntwo\n")
        third, = self.come("three")
        with self.listen("--backfill", "1h") as (process, ready):
            lines = iter(process.stdout.readline, "")
            self.assertEqual(json.loads(next(lines))["body"], "three")
            # The webhook that comes after all is answered, and is a repeat.
            self.assertEqual(self.post(ready, third, "three"), 200)
            self.assertEqual(json.loads(next(lines))["kind"], "unchanged")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual([m["body"] for m in self.home.records("tail", "--kind", "message")], ["one", "two", "three"])

    def test_an_application_is_told_as_of_a_webhook_and_after_a_restart(self):
        answers = []
        with Application(lambda _: (200 if answers else 500, "<Response/>")) as application:
            missed, = self.come("for the application")
            with self.listen("--backfill", "1h", "--forward-to", application.url, "--retries", "0", "-q") as (_, ready):
                wait_until(application.events)
            answers.append(True)
            other, = self.come("and this")
            with self.listen("--backfill", "1h", "--forward-to", application.url) as (_, ready):
                wait_until(lambda: len(application.events()) >= 2)
                self.assertEqual(self.post(ready, other, "and this"), 200)
                self.assertEqual(self.post(ready, missed, "for the application"), 200)
            told = [urllib.parse.parse_qs(body) for _, _, body in application.told]
        self.assertEqual([each["MessageSid"] for each in told], [[missed], [other]])
        self.assertEqual(told[0]["Body"], ["for the application"])
        self.assertEqual(told[0]["AccountSid"], [self.sim.account_sid])
        event, headers, body = application.told[0]
        fields = {name: values[0] for name, values in urllib.parse.parse_qs(body, keep_blank_values=True).items()}
        self.assertEqual(headers["X-Twilio-Signature"], sign(application.url, fields, self.sim.auth_token))

    def test_webhooks_are_answered_while_the_provider_is_slow(self):
        self.come("missed")
        self.sim.fault(kind="slow", scope="read", delay="200s", count="1")  # two seconds, at this speed
        with self.listen("--backfill", "1h") as (process, ready):
            self.assertEqual(self.post(ready, f"SM{7:032x}", "live"), 200)
            lines = iter(process.stdout.readline, "")
            self.assertEqual([json.loads(next(lines))["body"] for _ in range(2)], ["missed", "live"])

    def test_what_is_forwarded_meanwhile_counts_and_runs_its_command(self):
        self.come("missed")
        self.sim.fault(kind="slow", scope="read", delay="200s", count="1")
        ran = self.home.path / "ran"
        with Application() as application, \
                self.listen("--backfill", "1h", "--count", "2", "--forward-to", application.url, "--exec",
                            f"sh -c 'echo $SMSCTL_BODY >> {ran}'") as (process, ready):
            self.assertEqual(self.post(ready, f"SM{7:032x}", "live"), 200)
            self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(sorted(ran.read_text().split()), ["live", "missed"])

    def test_a_provider_that_is_gone_is_a_warning(self):
        self.sim.fault(kind="error_503_before", scope="read", count="100")
        with self.listen("--backfill", "1h") as (process, ready):
            self.assertIn("--backfill", process.stderr.readline())
            self.assertEqual(self.post(ready, f"SM{7:032x}", "live"), 200)
            self.assertEqual(json.loads(process.stdout.readline())["body"], "live")


if __name__ == "__main__":
    unittest.main(verbosity=2)
