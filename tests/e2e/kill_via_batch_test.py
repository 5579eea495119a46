"""`bulk --via batch` killed with SIGKILL before its writes, syncs and packets, then resumed and
reconciled: nobody gets a second message, and whatever is at the far end is known here.
"""

import collections
import unittest

from bulk_world import BulkWorld, numbers
from kill_moments import every, shim

MOMENTS = 120
POSTS = 2


class KilledViaBatch(unittest.TestCase):
    def setUp(self):
        self.world = BulkWorld(self)
        self.home = self.world.home

    def bulk(self, name, people, counted="any", **options):
        return self.world.bulk(name, people, "--batch-size", "3", env=shim(counted, **options))

    def steps(self):
        """How many calls a whole run makes."""
        count_file = self.home.path / "count"
        done = self.bulk("count", numbers(6, first=1000), count=count_file)
        self.assertEqual(done.returncode, 0, done.stderr)
        steps = int(count_file.read_text())
        self.assertGreater(steps, 50)
        return steps

    def test_a_killed_batch_ends_with_every_message_once_or_in_doubt(self):
        steps = self.steps()
        # Before a request, and when its answer came, is where it is in doubt what happened.
        moments = every("request", POSTS) + every("answer", POSTS) + every("any", steps)[::max(1, steps // MOMENTS)]
        outcomes = collections.Counter()
        for place, (kind, step) in enumerate(moments):
            people = numbers(6, first=2000 + 6 * place)
            name = f"kill-at-{kind}-{step}"
            killed = self.bulk(name, people, kind, kill_at=step)
            self.assertIn(killed.returncode, (-9, 0) if kind == "any" else (-9,), killed.stderr)
            self.world.bulk(name, people, "--batch-size", "3", "--timeout", "1s")
            self.home.run("reconcile", "--older-than", "0s", "--no-inbound", check=0)
            there = {to: n for to, n in self.world.there().items() if to in people}
            stored = self.world.messages(self.world.batch(name)["id"])
            with self.subTest(kind=kind, step=step, of=steps):
                self.assertEqual(set(stored), set(people))
                self.assertEqual({n for n in there.values()} - {1}, set(), "somebody got it twice")
                doubts = {to for to, m in stored.items() if m["status"] == "in_doubt"}
                # The far end shows at once what it has: what it has not is what stays in doubt.
                self.assertEqual(set(people) - doubts, set(there))
                self.assertIn(len(doubts), (0, 3))
                for to in there:
                    self.assertTrue(stored[to]["provider_id"], stored[to])
                adopted = killed.returncode == -9 and len(there) == 6 and self.was_adopted(name)
                outcomes["adopted" if adopted else f"{len(doubts)} in doubt"] += 1
        print(f"{steps} moments: {dict(outcomes)}")
        # Kills before and after the far end took a request must both have happened.
        self.assertGreater(outcomes["adopted"], 0)
        self.assertGreater(outcomes["3 in doubt"], 0)
        self.assertGreater(outcomes["0 in doubt"], 0)

    def was_adopted(self, name):
        """Whether a request of the batch was in doubt in between."""
        events = self.home.records("tail", "--kind", "event", "--last", "60")
        tags = {post["tag"] for post in self.world.posts()[-3:]}
        return any("process that submitted it died" in (e["reason"] or "") and
                   any(tag in e["reason"] for tag in tags) for e in events)


if __name__ == "__main__":
    unittest.main(verbosity=2)
