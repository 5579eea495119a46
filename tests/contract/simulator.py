"""A running `smsctl sim` for the contract tests, and the official client pointed at it."""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest
from urllib.parse import urlsplit, urlunsplit

import requests
import openapi
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

PATIENCE = 20  # seconds; only a failing test waits that long
SMSCTL = os.environ["SMSCTL_BINARY"]


def wait_until(condition, what):
    """Polls `condition` until it gives something true, and returns that."""
    until = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"gave up waiting for {what}")
        time.sleep(0.01)


class Program:
    """smsctl with a ready file, ended by its own process id."""

    def __init__(self, *arguments, environment=None):
        self.folder = tempfile.TemporaryDirectory(prefix="smsctl-contract-")
        self.ready_file = pathlib.Path(self.folder.name, "ready.json")
        self.out = open(pathlib.Path(self.folder.name, "out"), "wb")
        self.log = open(pathlib.Path(self.folder.name, "log"), "wb")
        self.process = subprocess.Popen(
            [SMSCTL, *arguments, "--addr", "127.0.0.1:0", "--ready-file", str(self.ready_file)],
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=self.log,
            env={**os.environ, **(environment or {})},
        )
        try:
            wait_until(self._is_ready, " ".join(arguments))
        except BaseException:
            self.end()
            raise
        self.ready = json.loads(self.ready_file.read_text())

    def _is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"smsctl ended early: {self.said()}")
        return self.ready_file.exists()

    def said(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def output(self):
        return pathlib.Path(self.out.name).read_text(errors="replace")

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.out.close()
        self.log.close()
        self.folder.cleanup()
        return self.process.returncode


class LoopbackHttpClient(HttpClient):
    """Sends what the library would send to Twilio's hosts to the simulator instead.

    The library writes scheme and host into every URL and has no option for another base; a client
    of one's own for HTTP is the way it documents. Nothing else of the request is changed, and
    nothing of the answer. Where there is an OpenAPI document, every answer is held to it.
    """

    HOSTS = ("api.twilio.com", "messaging.twilio.com", "monitor.twilio.com")

    def __init__(self, base):
        self.base = urlsplit(base)
        self.last = None
        self.session = requests.Session()
        self.session.trust_env = False

    def request(self, method, url, params=None, data=None, headers=None, auth=None, timeout=None,
                allow_redirects=False):
        there = urlsplit(url)
        assert there.netloc in (*self.HOSTS, self.base.netloc), url
        here = urlunsplit((self.base.scheme, self.base.netloc, there.path, there.query, ""))
        self.last = self.session.request(
            method.upper(), here, params=params, data=data, headers=headers, auth=auth,
            timeout=timeout or PATIENCE, allow_redirects=allow_redirects)
        self.judge(self.last)
        return Response(self.last.status_code, self.last.text, self.last.headers)


    @staticmethod
    def judge(answer):
        document = openapi.document()
        asked = answer.request
        if document is None or not document.find(asked.method, asked.url):
            return
        document.check_answer(asked.method, asked.url, answer.status_code, answer.headers,
                              answer.content)


class SimulatorTest(unittest.TestCase):
    """One simulator a test, twenty times as fast as a carrier."""

    arguments = ("--speed", "20")

    def setUp(self):
        self.program = Program("sim", *self.arguments)
        self.addCleanup(self.program.end)
        ready = self.program.ready
        self.url = ready["url"]
        self.account_sid = ready["account_sid"]
        self.auth_token = ready["auth_token"]
        self.http = LoopbackHttpClient(self.url)
        self.addCleanup(self.http.session.close)
        self.client = Client(self.account_sid, self.auth_token, http_client=self.http)
        self.sender = ready["numbers"][0]
        self.service = ready["messaging_service_sid"]

    def get(self, path):
        return self.http.session.get(
            self.url + path, auth=(self.account_sid, self.auth_token), timeout=PATIENCE)

    def control(self, path, **form):
        answer = self.http.session.post(self.url + path, data=form, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json()

    def state(self):
        return self.get("/sim/state").json()

    def send(self, to="+14155552671", body="hello", **more):
        if "messaging_service_sid" not in more:
            more.setdefault("from_", self.sender)
        return self.client.messages.create(to=to, body=body, **more)

    def wait_for(self, sid, status):
        def reached():
            message = self.client.messages(sid).fetch()
            return message if message.status == status else None

        return wait_until(reached, f"{sid} to be {status}")
