"""Whatever ends `message rm --remote` or `message redact --remote` half-way: the same once more, and the
far end and the database agree about every message. SIGTERM leaves nothing for which that is needed.
"""

import json
import signal
import sqlite3
import unittest
from contextlib import closing

from kill_moments import every, shim
from smsctl_process import PATIENCE, Home, wait_until

TO = "+14155552671"


class KilledRemoval(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)

    def simulated(self, *options):
        self.sim = self.enterContext(self.home.simulated(*options))

    def send(self, count):
        """Messages that are delivered, by id."""
        for nth in range(count):
            self.home.run("send", TO, "-m", f"secret {nth}", "-q", check=0)
        wait_until(lambda: all(m["status"] == "delivered" for m in self.sim.state()["messages"]))
        self.home.run("reconcile", "--older-than", "0s", "-q", check=0)
        return {m["id"]: m["provider_id"] for m in self.home.records("message", "list", "--limit", "0")}

    def there(self):
        """What the far end has, with its text."""
        return {m["sid"]: m["body"] for m in self.sim.state()["messages"] if not m.get("deleted")}

    def here(self):
        with closing(sqlite3.connect(self.home.database, timeout=PATIENCE)) as database:
            return dict(database.execute("SELECT provider_id, body FROM messages").fetchall())

    def done_there(self, verb, messages):
        there = self.there()
        return sum(there.get(sid) == ("" if verb == "redact" else None) for sid in messages.values())

    def unfinished(self):
        checks = [json.loads(line) for line in self.home.run("doctor", "--offline").stdout.splitlines()]
        return [check["fix"] for check in checks if check["name"] == "stuck" and check["status"] == "failed"]

    def end_half_way(self, verb, messages, with_signal):
        process = self.home.start("message", verb, *messages, "--remote", "--yes")
        wait_until(lambda: self.done_there(verb, messages) >= 3)
        process.send_signal(with_signal)
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, [json.loads(line) for line in out.splitlines()], err

    def cut_off(self, verb):
        """By SIGTERM, with some of twelve messages done; gives them all, the records and stderr."""
        self.simulated("--latency", "30ms")
        messages = self.send(12)
        code, records, err = self.end_half_way(verb, messages, signal.SIGTERM)
        self.assertEqual(code, 143, err)
        self.assertTrue(3 <= len(records) < 12, records)
        return messages, records, err

    def test_sigterm_leaves_no_removal_half_done(self):
        messages, records, err = self.cut_off("rm")
        self.assertEqual([record["id"] for record in records], list(messages)[:len(records)])
        self.assertEqual(self.here(), self.there())
        self.assertEqual(self.unfinished(), [])
        hint = json.loads(err.splitlines()[-1])["hint"]
        self.home.run(*hint.split()[1:], "--yes", check=0)
        self.assertEqual((self.here(), self.there()), ({}, {}))

    def test_sigterm_leaves_no_removal_of_old_ones_half_done(self):
        self.simulated("--latency", "30ms")
        messages = self.send(12)
        old = ("message", "rm", "--older-than", "0s", "--remote", "--yes")
        process = self.home.start(*old)
        wait_until(lambda: self.done_there("rm", messages) >= 3)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 143, err)
        self.assertEqual(self.here(), self.there())
        self.assertEqual(len(self.here()), 12 - len(out.splitlines()))
        self.assertEqual(self.unfinished(), [])
        self.home.run(*old, check=0)
        self.assertEqual((self.here(), self.there()), ({}, {}))

    def test_sigterm_leaves_no_redaction_half_done(self):
        messages, _, _ = self.cut_off("redact")
        self.assertEqual(self.here(), self.there())
        self.assertEqual(self.unfinished(), [])
        self.home.run("message", "redact", *messages, "--remote", check=0)
        self.assertEqual(self.here(), self.there())
        self.assertEqual(set(self.there().values()), {""})

    def test_after_sigkill_the_same_again_finishes_it(self):
        self.simulated("--latency", "30ms")
        messages = self.send(8)
        for verb in ("redact", "rm"):
            code, _, err = self.end_half_way(verb, messages, signal.SIGKILL)
            self.assertEqual(code, -signal.SIGKILL, err)
            if verb == "rm":  # gone there, and here it is known that it was to go
                self.assertNotEqual(self.here(), self.there())
                self.assertGreaterEqual(len(self.unfinished()), 3)
            self.home.run("message", verb, *messages, "--remote", "--yes", check=0)
            self.assertEqual(self.here(), self.there())
            self.assertEqual(self.unfinished(), [])
        self.assertEqual(self.there(), {})

    def test_killed_at_any_step(self):
        self.simulated()
        for verb in ("redact", "rm"):
            messages = self.send(2)
            count = self.home.path / "count"
            self.home.run("message", verb, *messages, "--remote", "--yes", env=shim(count=count), check=0)
            steps = int(count.read_text())
            for kind, step in every("any", steps)[::7]:
                messages = {id: sid for id, sid in self.send(2).items() if self.here().get(sid)}
                self.home.run("message", verb, *messages, "--remote", "--yes", env=shim(kind, kill_at=step))
                with self.subTest(verb=verb, step=step):
                    for fix in self.unfinished():
                        self.home.run(*fix.split()[1:], "--yes", check=0)
                    self.assertEqual(self.here(), self.there())
                    self.home.run("db", "check", check=0)
                    left = [id for id, sid in messages.items() if self.here().get(sid)]
                    if left:
                        self.home.run("message", verb, *left, "--remote", "--yes", check=0)
                    self.assertEqual(self.here(), self.there())
                    self.assertEqual([body for body in self.there().values() if body], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
