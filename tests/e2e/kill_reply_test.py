"""`listen --reply` killed with SIGKILL at many moments, its provider trying again: one reply a text."""

import http.client
import pathlib
import random
import re
import subprocess
import tempfile
import unittest
import urllib.parse

from kill_moments import every, shim, spread
from smsctl_process import BINARY, PATIENCE, Home, sign, wait_for_json

ROUNDS = 25
TEXTS = 12  # in each life


class KilledReplies(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())
        self.ours = self.sim.numbers[0]

    def post(self, ready, sid, sender, token):
        """The answer to a signed text: its body."""
        address = urllib.parse.urlsplit(ready["url"])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE)
        fields = {"MessageSid": sid, "AccountSid": self.sim.account_sid, "From": sender, "To": self.ours,
                  "Body": "Hello", "NumMedia": "0", "SmsStatus": "received"}
        try:
            connection.request("POST", "/", urllib.parse.urlencode(fields),
                               {"Content-Type": "application/x-www-form-urlencoded",
                                "I-Twilio-Idempotency-Token": token,
                                "X-Twilio-Signature": sign(ready["url"], fields, self.sim.auth_token)})
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            return answer.read().decode()
        finally:
            connection.close()

    def live(self, texts, answers, env):
        """One life of a listener: the provider tries each text until it has an answer to it."""
        with tempfile.TemporaryDirectory() as folder:
            ready_file = pathlib.Path(folder) / "ready.json"
            process = subprocess.Popen(
                [BINARY, "listen", "--addr", "127.0.0.1:0", "--reply", "Thanks", "--ready-file", str(ready_file), "-q"],
                env={**self.home.env, **env}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True)
            try:
                try:
                    ready = wait_for_json(ready_file, process)
                except AssertionError:
                    return  # killed before it was ready
                for sid, sender in texts:
                    if sid not in answers:
                        answers[sid] = self.post(ready, sid, sender, f"token of {sid}")
            except (OSError, http.client.HTTPException):
                pass  # it is dead, as it was meant to be
            finally:
                if process.poll() is None:
                    process.kill()
                process.communicate()

    def test_killed_at_any_moment_each_text_gets_one_reply(self):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        answers, texts = {}, []
        # Between commit and answer, where a repeat must bring the reply; and anywhere.
        moments = every("response", TEXTS) + spread(random.Random(seed), "any", 30, 400, ROUNDS)
        for life, (kind, kill_at) in enumerate(moments):
            texts += [(f"SM{life:016x}{i:016x}", f"+1415{life:03}{i:04}") for i in range(TEXTS)]
            self.live(texts, answers, shim(kind, kill_at=kill_at))
        self.live(texts, answers, {})
        self.assertEqual(len(answers), len(texts), f"seed {seed}")
        replies = [re.search(r"smsctl-reply=(msg_\w+)", answers[sid]) for sid, _ in texts]
        missing = [sid for (sid, _), reply in zip(texts, replies) if not reply]
        self.assertEqual(missing, [], f"seed {seed}: answered without a reply")
        stored = self.home.records("message", "list", "--direction", "out", "--limit", "0")
        # What the provider was given is what is stored: for each text one, and none beside it.
        self.assertEqual({m["id"] for m in stored}, {reply.group(1) for reply in replies}, f"seed {seed}")
        self.assertEqual(len(stored), len(texts), f"seed {seed}")
        repeats = [e for e in self.home.records("tail", "--kind", "event", "--last", "10000") if e["reason"] == "received before"]
        self.assertGreaterEqual(len(repeats), TEXTS, f"seed {seed}")
        print(f"{len(moments)} lives, {len(texts)} texts, one reply each; {len(repeats)} were asked for twice")
        self.assertEqual(self.home.run("db", "check").returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
