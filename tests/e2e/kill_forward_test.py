"""`listen --forward-to` killed with SIGKILL at many moments: the application gets every webhook that was
committed, and one more than once only where a kill came between its answer and our record of it."""

import collections
import http.client
import itertools
import pathlib
import random
import signal
import sqlite3
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

from application import Application
from kill_moments import every, shim, spread
from smsctl_process import BINARY, PATIENCE, Home, sign, wait_for_json, wait_until

CLIENTS = 4
EACH = 12


class KilledForward(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())

    def post_until_it_dies(self, ready, client):
        address = urllib.parse.urlsplit(ready["url"])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE)
        try:
            for i in range(EACH):
                fields = {"MessageSid": f"SM{ready['pid']:016x}{client:04x}{i:012x}", "AccountSid": self.sim.account_sid,
                          "From": "+14155552671", "To": self.sim.numbers[0], "Body": f"text {i}", "NumMedia": "0",
                          "SmsStatus": "received"}
                connection.request(
                    "POST", "/", urllib.parse.urlencode(fields),
                    {"Content-Type": "application/x-www-form-urlencoded",
                     "X-Twilio-Signature": sign(ready["url"], fields, self.sim.auth_token)})
                connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            pass  # it is dead, as it was meant to be
        finally:
            connection.close()

    def live(self, url, moment=None):
        """One life of a listener, to its kill at `moment` or to SIGTERM."""
        with tempfile.TemporaryDirectory() as folder:
            ready_file = pathlib.Path(folder) / "ready.json"
            killed = shim(moment[0], kill_at=moment[1]) if moment else {}
            process = subprocess.Popen(
                [BINARY, "listen", "--addr", "127.0.0.1:0", "--ready-file", str(ready_file), "--forward-to", url,
                 "--retries", "1000", "-q"],
                env={**self.home.env, **killed}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True)
            try:
                try:
                    ready = wait_for_json(ready_file, process)
                except AssertionError:
                    return process.wait(PATIENCE)  # killed before it was ready
                threads = [threading.Thread(target=self.post_until_it_dies, args=(ready, c)) for c in range(CLIENTS)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join(PATIENCE)
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                return process.wait(PATIENCE)
            finally:
                if process.poll() is None:
                    process.kill()
                process.communicate()

    def rows(self, sql):
        with sqlite3.connect(self.home.database, timeout=PATIENCE) as database:
            return database.execute(sql).fetchall()

    def test_every_committed_webhook_reaches_the_application(self):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        chance = random.Random(seed)
        moments = every("sync", 10) + every("request", 6) + every("answer", 6) + spread(chance, "any", 30, 700, 18)
        kills = 0
        told_now = itertools.count(1)
        # Some answers fail: what waits for its next try must survive, too.
        with Application(lambda _: (500 if next(told_now) % 7 == 0 else 200, "<Response/>")) as application:
            for moment in moments:
                kills += self.live(application.url, moment) == -signal.SIGKILL
            with self.home.background("listen", "--addr", "127.0.0.1:0", "--forward-to", application.url,
                                      "--retries", "1000", "-q"):
                wait_until(lambda: not self.rows("SELECT 1 FROM forwards WHERE state = 'waiting' LIMIT 1"))
            told = collections.Counter(application.events())
        committed = {event for (event,) in self.rows(
            "SELECT e.public_id FROM events e JOIN messages m ON m.id = e.message_id "
            "WHERE e.kind = 'message' AND m.direction = 'inbound'")}
        self.assertEqual(committed - set(told), set(), f"seed {seed}: lost")
        self.assertEqual(set(told) - committed, set(), f"seed {seed}: told of what was not committed")
        recorded = dict(self.rows("SELECT e.public_id, f.attempts FROM forwards f JOIN events e ON e.seq = f.event_seq"))
        repeats = sum(told.values()) - sum(recorded.values())
        print(f"{kills} kills, {len(committed)} webhooks, {sum(told.values())} told, {repeats} of them not recorded in time")
        self.assertGreaterEqual(repeats, 0)
        # No more was in flight at a kill than clients wait for.
        self.assertLessEqual(repeats, kills * CLIENTS)
        self.assertGreater(kills, len(moments) // 2)
        self.assertGreater(len(committed), kills)
        self.assertEqual(self.home.run("db", "check").returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
