"""Our signatures before Twilio's RequestValidator, and its signatures before `smsctl listen`."""

import http.server
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest
from urllib.parse import parse_qsl

import requests
from twilio.request_validator import RequestValidator

from simulator import PATIENCE, SMSCTL, Program, SimulatorTest, wait_until


class Receiver:
    """Keeps the form POSTs it gets and answers 204."""

    def __init__(self):
        self.requests = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                form = dict(parse_qsl(body.decode(), keep_blank_values=True))
                receiver.requests.append((self.path, form, dict(self.headers)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def end(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def wait_for(self, count):
        wait_until(lambda: len(self.requests) >= count, f"{count} callbacks")
        return self.requests


class Callbacks(SimulatorTest):
    def setUp(self):
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.end)
        self.validator = RequestValidator(self.auth_token)

    def assert_signed(self, request):
        path, form, headers = request
        signature = headers["X-Twilio-Signature"]
        url = self.receiver.url + path
        self.assertTrue(self.validator.validate(url, form, signature))
        self.assertFalse(self.validator.validate(url + "x", form, signature))
        self.assertFalse(RequestValidator("other").validate(url, form, signature))

    def test_status_callbacks(self):
        self.send(status_callback=self.receiver.url + "/status?ref=a%20b&x=1#rc=2")
        for request in self.receiver.wait_for(2):
            self.assertEqual(request[0], "/status?ref=a%20b&x=1")
            self.assert_signed(request)
        self.assertEqual([form["MessageStatus"] for _, form, _ in self.receiver.requests],
                         ["sent", "delivered"])

    def test_inbound(self):
        sid = self.client.incoming_phone_numbers.list(phone_number=self.sender)[0].sid
        self.client.incoming_phone_numbers(sid).update(sms_url=self.receiver.url + "/in")
        text = "Grüße & 100 % +\r\n😀 "
        self.control("/sim/inbound", From="+14155552671", To=self.sender, Body=text,
                     MediaUrl="https://x.test/a.jpg")
        request = self.receiver.wait_for(1)[0]
        self.assert_signed(request)
        self.assertEqual(request[1]["Body"], text)
        self.assertEqual(request[1]["NumMedia"], "1")


class Triggers(SimulatorTest):
    def test_trigger(self):
        receiver = Receiver()
        self.addCleanup(receiver.end)
        with tempfile.TemporaryDirectory() as folder:
            environment = {
                **os.environ,
                "SMSCTL_DB": str(pathlib.Path(folder, "db")),
                "SMSCTL_API_BASE": self.url,
                "SMSCTL_WORKSPACE": "env",
                "TWILIO_ACCOUNT_SID": self.account_sid,
                "TWILIO_AUTH_TOKEN": self.auth_token,
                "TWILIO_PHONE_NUMBER": self.sender,
            }
            for arguments in (["inbound.sms", "--set", "Body=a+b & é"], ["inbound.mms"],
                              ["status.failed:30007", "--set", "MessageSid=SM1"]):
                with self.subTest(arguments[0]):
                    done = subprocess.run(
                        [SMSCTL, "trigger", *arguments, "--url", receiver.url + "/hook?a=b"],
                        env=environment, capture_output=True, timeout=PATIENCE, check=False)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertTrue(json.loads(done.stdout)["ok"])
                    path, form, headers = receiver.requests[-1]
                    self.assertTrue(RequestValidator(self.auth_token).validate(
                        receiver.url + path, form, headers["X-Twilio-Signature"]))


class Listen(SimulatorTest):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.environment = {
            "SMSCTL_DB": str(pathlib.Path(self.folder.name, "db")),
            "SMSCTL_KEY_FILE": str(pathlib.Path(self.folder.name, "key")),
            "SMSCTL_API_BASE": self.url,
            "SMSCTL_WORKSPACE": "test",
            "CONTRACT_TOKEN": self.auth_token,
        }
        self.smsctl("workspace", "add", "test", "--provider", "sim", "--account-sid",
                    self.account_sid, "--secret-env", "CONTRACT_TOKEN", "--from", self.sender)
        self.smsctl("sync", "numbers")
        self.listener = Program("listen", environment=self.environment)
        self.addCleanup(self.listener.end)

    def smsctl(self, *arguments):
        done = subprocess.run([SMSCTL, *arguments], env={**os.environ, **self.environment},
                              capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def post(self, form, signature):
        return requests.post(self.listener.ready["url"], data=form,
                             headers={"X-Twilio-Signature": signature},
                             timeout=PATIENCE).status_code

    def test_validator_signs_for_listen(self):
        validator = RequestValidator(self.auth_token)
        form = {"MessageSid": "SM" + "a" * 32, "SmsSid": "SM" + "a" * 32,
                "SmsMessageSid": "SM" + "a" * 32, "AccountSid": self.account_sid,
                "From": "+14155552671", "To": self.sender, "Body": "Grüße & 100 % + 😀",
                "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received",
                "ApiVersion": "2010-04-01", "ToCity": ""}
        good = validator.compute_signature(self.listener.ready["url"], form)
        bad = RequestValidator("other").compute_signature(self.listener.ready["url"], form)
        self.assertEqual(self.post(form, bad), 403)
        self.assertIn(self.post(form, good), (200, 204))
        stored = self.smsctl("message", "list", "--format", "jsonl").splitlines()
        self.assertEqual([json.loads(each)["body"] for each in stored], [form["Body"]])


if __name__ == "__main__":
    unittest.main()
