"""`listen` under clients that mean it no good: a thousand slow ones at once, and what they send.

Each slow client holds a connection for as long as it is let: headers that never end, a body that
never ends, a byte now and then, a connection that is kept and says nothing. When it is dropped it
comes again.
"""

import contextlib
import http.client
import itertools
import os
import resource
import selectors
import socket
import sqlite3
import threading
import unittest
import urllib.parse
import uuid

from smsctl_process import PATIENCE, Home, sign, wait_until

SLOW = 1000
MOST = 256  # connections that listen has at once
GOOD = 25

BEGINNINGS = (
    b"POST / HTTP/1.1\r\nHost: x\r\nX-Never: ",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nBody=",
    b"P",
    b"GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n",
)


class SlowClients:
    """Keeps `count` connections open from `own`; each sends a byte whenever its turn comes."""

    def __init__(self, address, own, count):
        self.address, self.own, self.count = address, own, count
        self.connected = self.dropped = 0
        self.beginnings = itertools.cycle(BEGINNINGS)
        self.selector = selectors.DefaultSelector()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        wait_until(lambda: self.connected >= self.count)
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(PATIENCE)
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()

    def connect(self):
        client = socket.create_connection(self.address, PATIENCE, source_address=(self.own, 0))
        with contextlib.suppress(OSError):  # dropped already
            client.send(next(self.beginnings))
        client.setblocking(False)
        self.selector.register(client, selectors.EVENT_READ)
        self.connected += 1

    def run(self):
        while not self.over.is_set():
            open_ones = self.selector.get_map()
            while len(open_ones) < self.count and not self.over.is_set():
                self.connect()
            for key, _ in self.selector.select(0.02):
                if not self.still_there(key.fileobj):
                    self.selector.unregister(key.fileobj)
                    key.fileobj.close()
                    self.dropped += 1
            for key in itertools.islice(list(open_ones.values()), 50):
                with contextlib.suppress(OSError):
                    key.fileobj.send(b"x")

    @staticmethod
    def still_there(client):
        try:
            return client.recv(65536) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False


class Hostile(unittest.TestCase):
    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 2 * SLOW + 500
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())
        self.process, ready = self.enterContext(home.background("listen", "--addr", "127.0.0.1:0", "--quiet"))
        self.url = ready["url"]
        target = urllib.parse.urlsplit(self.url)
        self.address = (target.hostname, target.port)

    def post(self, own="127.0.0.1", extra=None):
        """A signed text over a connection of its own; gives its id and the answer's status."""
        sid = f"SM{uuid.uuid4().hex}"
        fields = {"MessageSid": sid, "AccountSid": self.sim.account_sid, "From": "+14155552671",
                  "To": self.sim.numbers[0], "Body": "still here", "NumMedia": "0", "SmsStatus": "received",
                  **(extra or {})}
        connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE, source_address=(own, 0))
        with contextlib.closing(connection):
            connection.request("POST", "/", urllib.parse.urlencode(fields), {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": sign(self.url, fields, self.sim.auth_token)})
            answer = connection.getresponse()
            answer.read()
            return sid, answer.status

    def stored(self):
        with contextlib.closing(sqlite3.connect(self.home.database, timeout=PATIENCE)) as database:
            return {row[0] for row in database.execute("SELECT provider_id FROM messages")}

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def test_a_thousand_slow_clients_stop_no_good_one(self):
        before = self.descriptors()
        with SlowClients(self.address, "127.0.0.1", SLOW) as slow:
            for own in ("127.0.0.1", "127.0.0.2"):
                for _ in range(GOOD):
                    sid, status = self.post(own)
                    self.assertEqual(status, 200)
                    self.assertIn(sid, self.stored())
            self.assertLessEqual(self.descriptors(), before + MOST + 10)
            print(f"{slow.connected} slow connections, {slow.dropped} of them dropped, {2 * GOOD} good requests answered")
            self.assertGreaterEqual(slow.connected, SLOW)
        # Once they are gone their connections are, too.
        wait_until(lambda: self.descriptors() <= before + 10)

    def test_slow_clients_of_one_address_take_none_of_another(self):
        """Who came first from another address keeps its connection, however slowly it goes on."""
        with contextlib.closing(http.client.HTTPConnection(
                *self.address, timeout=PATIENCE, source_address=("127.0.0.2", 0))) as patient:
            patient.putrequest("GET", "/elsewhere")
            patient.putheader("X-Begun", "yes")
            patient.endheaders()
            self.assertEqual(patient.getresponse().read(), b"nothing here\n")
            kept = patient.sock
            with SlowClients(self.address, "127.0.0.1", SLOW):
                patient.request("GET", "/elsewhere")
                self.assertEqual(patient.getresponse().read(), b"nothing here\n")
                self.assertIs(patient.sock, kept)

    def test_a_flood_of_unsigned_requests_leaves_room(self):
        """Strangers' requests are refused and kept within bounds, a good one among them is taken."""
        with contextlib.closing(http.client.HTTPConnection(*self.address, timeout=PATIENCE)) as stranger:
            for number in range(300):
                body = urllib.parse.urlencode({"MessageSid": f"SM{number:032x}", "Body": "x" * 60_000})
                stranger.request("POST", "/", body, {"Content-Type": "application/x-www-form-urlencoded"})
                answer = stranger.getresponse()
                answer.read()
                self.assertEqual(answer.status, 403)
        sid, status = self.post()
        self.assertEqual(status, 200)
        self.assertIn(sid, self.stored())
        with contextlib.closing(sqlite3.connect(self.home.database, timeout=PATIENCE)) as database:
            count, longest = database.execute(
                "SELECT count(*), max(length(payload) + length(request)) FROM events WHERE kind = 'refused'").fetchone()
        self.assertEqual(count, 300)
        self.assertLess(longest, 16_000)

    def test_a_hundred_parameters_and_ten_media(self):
        extra = {f"Extra{n}": f"value {n}" for n in range(80)}
        extra |= {f"MediaUrl{n}": f"https://api.twilio.com/m/{n}" for n in range(10)}
        extra |= {f"MediaContentType{n}": "image/png" for n in range(10)}
        extra["NumMedia"] = "10"
        sid, status = self.post(extra=extra)
        self.assertEqual(status, 200)
        shown = self.home.records("message", "show", sid, "--json")[0]
        self.assertEqual(len(shown["media"]), 10)


if __name__ == "__main__":
    unittest.main(verbosity=2)
