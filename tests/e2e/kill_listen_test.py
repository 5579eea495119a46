"""`listen` killed with SIGKILL at many moments: whatever it answered with 2xx is in the database."""

import http.client
import pathlib
import random
import sqlite3
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

from kill_moments import shim, spread
from smsctl_process import BINARY, PATIENCE, Home, sign, wait_for_json

CLIENTS = 8
ROUNDS = 40


class KilledListen(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())

    def post_until_it_dies(self, ready, client, answered, refused, lock):
        address = urllib.parse.urlsplit(ready["url"])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE)
        try:
            for i in range(200):
                sid = f"SM{ready['pid']:016x}{client:04x}{i:012x}"
                fields = {"MessageSid": sid, "AccountSid": self.sim.account_sid, "From": "+14155552671",
                          "To": self.sim.numbers[0], "Body": f"text {i}", "NumMedia": "0", "SmsStatus": "received"}
                connection.request(
                    "POST", "/", urllib.parse.urlencode(fields),
                    {"Content-Type": "application/x-www-form-urlencoded",
                     "X-Twilio-Signature": sign(ready["url"], fields, self.sim.auth_token)})
                answer = connection.getresponse()
                answer.read()
                with lock:
                    (answered if answer.status == 200 else refused).append(sid)
        except (OSError, http.client.HTTPException):
            pass  # it is dead, as it was meant to be
        finally:
            connection.close()

    def run_and_kill(self, kill_at):
        """Answered ids of one life that ends at call `kill_at`."""
        with tempfile.TemporaryDirectory() as folder:
            ready_file = pathlib.Path(folder) / "ready.json"
            process = subprocess.Popen(
                [BINARY, "listen", "--addr", "127.0.0.1:0", "--ready-file", str(ready_file), "-q"],
                env={**self.home.env, **shim(kill_at=kill_at)},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            answered, refused, lock = [], [], threading.Lock()
            try:
                try:
                    ready = wait_for_json(ready_file, process)
                except AssertionError:
                    return []  # killed before it was ready
                threads = [threading.Thread(target=self.post_until_it_dies, args=(ready, c, answered, refused, lock))
                           for c in range(CLIENTS)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join(PATIENCE)
                process.wait(PATIENCE)
                self.assertEqual(process.returncode, -9)
                self.assertEqual(refused, [])
            finally:
                if process.poll() is None:
                    process.kill()
                process.communicate()
            return answered

    def test_what_was_answered_is_stored(self):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        moments = random.Random(seed)
        total = 0
        for _, kill_at in spread(moments, "any", 30, 1200, ROUNDS):
            answered = self.run_and_kill(kill_at)
            total += len(answered)
            with sqlite3.connect(self.home.database) as database:
                stored = {row[0] for row in database.execute(
                    "SELECT provider_id FROM messages WHERE direction = 'inbound'")}
            lost = [sid for sid in answered if sid not in stored]
            self.assertEqual(lost, [], f"seed {seed}, killed at call {kill_at}")
        print(f"{ROUNDS} lives, {total} answers of 200, none lost")
        self.assertGreater(total, ROUNDS)
        self.assertEqual(self.home.run("db", "check").returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
