"""`send` killed with SIGKILL before each of its writes, syncs and packets: the far end never gets a
second message, and the database never claims what it cannot know.
"""

import collections
import unittest

from kill_moments import every, shim
from smsctl_process import Home


class KilledSend(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())

    def send(self, text, *args, counted="any", **options):
        env = shim(counted, **options) if options else None
        return self.home.run("send", "+14155552671", "-m", text, *args, env=env)

    def steps(self):
        """How many calls a whole send makes; counted twice, since the first one also makes rows."""
        count_file = self.home.path / "count"
        for text in ("warm up", "count"):
            done = self.send(text, count=count_file)
            self.assertEqual(done.returncode, 0, done.stderr)
        steps = int(count_file.read_text())
        self.assertGreater(steps, 20)
        return steps

    def moments(self, steps):
        """Every call there is, and the two around the far end's acceptance, wherever threads put them."""
        return every("any", steps) + [("request", 1), ("answer", 1)]

    def stored(self, text):
        found = [m for m in self.home.records("message", "list") if m["body"] == text]
        self.assertLessEqual(len(found), 1, found)
        return found[0] if found else None

    def test_with_a_key_the_same_command_finishes_or_says_that_it_cannot_know(self):
        steps = self.steps()
        outcomes = collections.Counter()
        for kind, step in self.moments(steps):
            text = f"kill at {kind} {step}"
            killed = self.send(text, "--key", text, counted=kind, kill_at=step)
            self.assertIn(killed.returncode, (-9, 0) if kind == "any" else (-9,), killed.stderr)
            again = self.send(text, "--key", text)
            there = self.sim.bodies().count(text)
            with self.subTest(kind=kind, step=step, of=steps):
                if again.returncode == 7:
                    self.assertEqual(self.stored(text)["status"], "in_doubt")
                    self.assertLessEqual(there, 1)
                    outcomes[f"in doubt, {there} there"] += 1
                else:
                    self.assertEqual(again.returncode, 0, again.stderr)
                    self.assertEqual(there, 1)
                    self.assertIsNotNone(self.stored(text)["provider_id"])
                    outcomes["sent once"] += 1
        print(f"{steps} moments: {dict(outcomes)}")
        self.assertGreater(outcomes["sent once"], 0)
        # A kill between the request and its answer must have shown up as doubt, or nothing was tested.
        self.assertGreater(outcomes["in doubt, 1 there"], 0)

    def test_without_a_key_reconcile_leaves_no_claim_that_is_not_so(self):
        steps = self.steps()
        outcomes = collections.Counter()
        for kind, step in self.moments(steps):
            text = f"no key, kill at {kind} {step}"
            killed = self.send(text, counted=kind, kill_at=step)
            self.assertIn(killed.returncode, (-9, 0) if kind == "any" else (-9,), killed.stderr)
            self.home.run("reconcile", "--older-than", "0s", "--no-inbound", check=0)
            there = self.sim.bodies().count(text)
            message = self.stored(text)
            status = message["status"] if message else "not stored"
            outcomes[f"{status}, {there} there"] += 1
            with self.subTest(kind=kind, step=step, of=steps, status=status):
                if status in ("not stored", "failed"):
                    self.assertEqual(there, 0)
                elif status == "in_doubt":
                    self.assertLessEqual(there, 1)
                else:
                    self.assertEqual(there, 1)
        print(f"{steps} moments: {dict(outcomes)}")

    def test_a_disk_that_fills_up_half_way_never_sends_twice(self):
        steps = self.steps()
        for step in range(1, steps + 1, 3):
            text = f"full at {step}"
            full = self.send(text, "--key", text, full_at=step)
            there_then = self.sim.bodies().count(text)
            with self.subTest(step=step, of=steps):
                self.assertIn(full.returncode, (0, 7, 12), full.stderr)
                if full.returncode == 12:
                    self.assertEqual(there_then, 0, full.stderr)
                again = self.send(text, "--key", text)
                self.assertIn(again.returncode, (0, 7), again.stderr)
                self.assertLessEqual(self.sim.bodies().count(text), 1)
        self.assertEqual(self.home.run("db", "check").returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
