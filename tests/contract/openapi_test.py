"""The simulator's answers, and every request that smsctl makes, against Twilio's own OpenAPI
description, where SMSCTL_OPENAPI names it (see openapi.py)."""

import datetime
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import openapi
from simulator import PATIENCE, SMSCTL, SimulatorTest
from witness import Witness

BASE = "/2010-04-01/Accounts/{AccountSid}"


@unittest.skipIf(openapi.document() is None, openapi.why_not())
class Answers(SimulatorTest):
    """The client of these tests holds each answer to the document; see simulator.py."""

    def setUp(self):
        super().setUp()
        self.document = openapi.document()
        self.document.judged.clear()

    def ask(self, method, path, **fields):
        return self.http.request(method, "https://api.twilio.com" + path, data=fields or None,
                                 auth=(self.account_sid, self.auth_token))

    def account(self, path):
        return f"/2010-04-01/Accounts/{self.account_sid}{path}"

    def messages(self):
        made = self.send(media_url=["https://x.test/a.png", "https://x.test/b.gif"])
        self.wait_for(made.sid, "delivered")
        self.client.messages(made.sid).update(body="")
        for medium in self.client.messages(made.sid).media.list():
            self.client.messages(made.sid).media(medium.sid).fetch()
            self.client.messages(made.sid).media(medium.sid).delete()
        self.client.messages.list(page_size=1)
        self.client.messages(made.sid).delete()

    def numbers(self):
        bought = self.client.incoming_phone_numbers.create(phone_number="+14155550177")
        self.client.incoming_phone_numbers(bought.sid).update(sms_url="https://x.test/")
        self.client.incoming_phone_numbers(bought.sid).fetch()
        self.client.incoming_phone_numbers.list(phone_number="*", page_size=2)
        self.client.incoming_phone_numbers(bought.sid).delete()

    def services(self):
        services = self.client.messaging.v1.services
        services.list()
        made = services.create(friendly_name="Shop", status_callback="https://x.test/")
        services(made.sid).update(usecase="marketing")
        services(made.sid).fetch()
        sid = self.client.incoming_phone_numbers.create(area_code="212").sid
        services(made.sid).phone_numbers.create(phone_number_sid=sid)
        services(made.sid).phone_numbers.list()
        services(made.sid).phone_numbers(sid).fetch()
        services(made.sid).phone_numbers(sid).delete()
        services(made.sid).delete()

    def test_every_operation_of_the_document(self):
        self.messages()
        self.numbers()
        self.services()
        self.control("/sim/calls", From="+14155552671", To=self.sender)
        for call in self.client.calls.list():
            self.client.calls(call.sid).fetch()
        self.client.api.accounts(self.account_sid).fetch()
        self.client.api.accounts(self.account_sid).balance.fetch()
        good = {each.rpartition(" ")[0] for each in self.document.judged
                if each.rpartition(" ")[2].startswith("2")}
        self.assertEqual(good, self.document.operations())

    def test_messages_in_every_state(self):
        for ending in ("30000", "30003", "30008"):
            self.send(to="+141555" + ending)
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        scheduled = self.send(messaging_service_sid=self.service, schedule_type="fixed",
                              send_at=later)
        self.client.messages(scheduled.sid).update(status="canceled")
        self.send(messaging_service_sid=self.service)
        self.control("/sim/inbound", From="+14155552671", To=self.sender, Body="hi")
        for ending, status in (("30000", "sent"), ("30003", "undelivered"), ("30008", "failed")):
            [found] = self.client.messages.list(to="+141555" + ending)
            self.wait_for(found.sid, status)
        self.assertEqual(len(self.client.messages.list()), 6)

    def test_errors(self):
        nobody = "SM" + "0" * 32
        for method, path, fields, status in (
                ("GET", self.account(f"/Messages/{nobody}.json"), {}, 404),
                ("GET", self.account(f"/Messages/{nobody}/Media.json"), {}, 404),
                ("GET", self.account("/Messages.json?PageSize=1001"), {}, 400),
                ("GET", self.account("/Calls.json?StartTime=soon"), {}, 400),
                ("POST", self.account("/Messages.json"), {"To": "+14155552671"}, 400),
                ("POST", self.account("/IncomingPhoneNumbers.json"), {"AreaCode": "1"}, 400),
                ("POST", "/v1/Services", {"StickySender": "true"}, 400),
                ("GET", "/v1/Services/MG" + "0" * 32, {}, 404)):
            with self.subTest(path, method=method):
                self.assertEqual(self.ask(method, path, **fields).status_code, status)
        for kind, status in (("refuse_429", 429), ("error_500_before", 500),
                             ("error_503_before", 503)):
            self.control("/sim/faults", kind=kind, scope="read")
            self.assertEqual(self.ask("GET", self.account("/Messages.json")).status_code, status)
        self.auth_token = "wrong"
        self.assertEqual(self.ask("GET", self.account("/Balance.json")).status_code, 401)
        self.assertEqual(self.ask("GET", "/v1/Services").status_code, 401)


@unittest.skipIf(openapi.document() is None, openapi.why_not())
class Requests(SimulatorTest):
    """smsctl, with the witness between it and the simulator."""

    def setUp(self):
        super().setUp()
        self.witness = Witness(self.url, openapi.document())
        self.addCleanup(self.witness.end)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.environment = {
            **os.environ,
            "SMSCTL_DB": str(pathlib.Path(self.folder.name, "db")),
            "SMSCTL_KEY_FILE": str(pathlib.Path(self.folder.name, "key")),
            "SMSCTL_API_BASE": self.witness.url,
            "SMSCTL_WORKSPACE": "test",
            "CONTRACT_TOKEN": self.auth_token,
        }
        self.smsctl("workspace", "add", "test", "--provider", "sim", "--account-sid",
                    self.account_sid, "--secret-env", "CONTRACT_TOKEN", "--from", self.sender)

    def smsctl(self, *arguments, given=b""):
        done = subprocess.run([SMSCTL, *arguments], env=self.environment, input=given,
                              capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def test_every_request_of_smsctl(self):
        self.smsctl("workspace", "test")
        self.smsctl("sync", "numbers")
        self.smsctl("number", "set", self.sender, "webhook=https://x.test/in", "friendly-name=Desk", "-y")
        self.smsctl("send", "+14155552671", "-m", "Grüße & 100 % + 😀", "--wait", "delivered",
                    "--timeout", "15s")
        self.smsctl("send", "+14155552672", "-m", "look", "--media", "https://x.test/a.png?x=a+b",
                    "--media", "https://x.test/b.gif")
        self.smsctl("workspace", "set", "test", "public-url=https://x.test/cb")
        self.smsctl("send", "+14155552673", "-m", "with a callback")
        self.smsctl("bulk", "-", "-m", "Hi {{name}}", "-y", "--name", "spring",
                    given=b"to,name\n+14155552674,Ann\n+14155552675,Bob\n")
        self.control("/sim/inbound", From="+14155552671", To=self.sender, Body="hi",
                     MediaUrl="https://x.test/c.png")
        self.smsctl("reconcile", "--older-than", "0s")
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        scheduled = json.loads(self.smsctl(
            "send", "+14155552676", "-m", "later", "-f", self.service, "--json",
            "--at", later.strftime("%Y-%m-%dT%H:%M:%SZ")))
        self.assertEqual(scheduled["status"], "scheduled")
        self.smsctl("cancel", scheduled["id"])
        self.assertEqual(self.witness.complaints, [])
        for operation in (f"get {BASE}/Messages.json", f"post {BASE}/Messages.json",
                          f"get {BASE}/IncomingPhoneNumbers.json",
                          f"post {BASE}/IncomingPhoneNumbers/{{Sid}}.json",
                          f"post {BASE}/Messages/{{Sid}}.json",
                          f"get {BASE}/Messages/{{MessageSid}}/Media.json",
                          f"get {BASE}/Balance.json", "get /2010-04-01/Accounts/{Sid}.json"):
            self.assertIn(operation, self.witness.seen)


if __name__ == "__main__":
    unittest.main()
