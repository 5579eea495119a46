"""Whatever kills a send or a bulk, and whichever answers get lost besides: after reconcile, and what it
planned again was sent, the far end has each message exactly once and the database knows each by its
id. Killing reconcile itself changes nothing about that.
"""

import collections
import random
import unittest

from kill_moments import every, shim, spread
from lists import query, statuses, write_list
from smsctl_process import Home

TO = "+14155552671"
SETTLE = ("reconcile", "--older-than", "0s", "--no-inbound", "-q")


class KilledAndSettled(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())
        self.home.run("workspace", "set", "test", "visibility-delay=0s", "segment-price=0.01", check=0)

    def check_all_known(self):
        """What the far end has is what the database says it has."""
        there = collections.Counter(m["sid"] for m in self.sim.state()["messages"])
        here = collections.Counter(m["provider_id"] for m in self.home.records("message", "list", "--limit", "0")
                                   if m["provider_id"])
        self.assertEqual(here, there)
        self.assertEqual(query(self.home, "SELECT count(*) FROM messages WHERE status IN "
                               "('in_doubt', 'submitting', 'planned')"), [(0,)])

    def steps(self, *command):
        file = self.home.path / "count"
        self.home.run(*command, env=shim(count=file), check=0)
        return int(file.read_text())

    def test_send_killed_at_any_step(self):
        self.home.run("send", TO, "-m", "warm up", check=0)
        steps = self.steps("send", TO, "-m", "count")
        moments = every("any", steps)[::3] + [("request", 1), ("answer", 1)]
        ends = collections.Counter()
        for kind, step in moments:
            self.home.run("send", TO, "-m", f"{kind} {step}", env=shim(kind, kill_at=step))
        settled = self.home.records(*SETTLE[:-1])[-1]
        self.assertGreater(settled["settled"], 0)
        self.home.run("send", "--due", "-q", check=0)
        self.home.run(*SETTLE, check=0)
        self.check_all_known()
        stored = {m["body"]: m["status"] for m in self.home.records("message", "list", "--limit", "0")}
        for kind, step in moments:
            there = self.sim.bodies().count(f"{kind} {step}")
            status = stored.get(f"{kind} {step}", "not stored")
            ends[status] += 1
            with self.subTest(kind=kind, step=step, status=status):
                self.assertEqual(there, 0 if status in ("not stored", "failed") else 1)
        print(dict(ends))

    def test_bulk_killed_and_its_answers_lost(self):
        chance = random.Random(5)
        rows, lists = 40, 8
        for nth in range(lists):
            write_list(self.home, f"list{nth}", rows, nth * rows)
        command = [["bulk", str(self.home.path / f"list{nth}.csv"), "-m", "{{list}} {{nth}}", "--name",
                    f"list{nth}", "-y", "--max-cost", "900", "--concurrency", "8"] for nth in range(lists)]
        moments = spread(chance, "request", 1, rows, lists // 2) + spread(chance, "answer", 1, rows // 2, lists // 2)
        self.sim.fault(kind="close_after", percent=10)
        self.sim.fault(kind="close_before", percent=10)
        for nth, (kind, at) in enumerate(moments):
            self.home.run(*command[nth], env=shim(kind, kill_at=at))
        self.sim.fault(kind="none")
        doubts = 0
        for nth in range(lists):
            self.home.run(*SETTLE, check=0)
            doubts += self.home.records("reconcile", "--older-than", "0s", "--no-inbound")[-1]["in_doubt"]
            self.home.run(*command[nth], "-q", check=0)
            self.assertEqual(set(statuses(self.home, f"list{nth}")) - {"queued", "accepted", "sent", "delivered"}, set())
        self.home.run(*SETTLE, check=0)
        self.assertEqual(doubts, 0)
        counts = self.sim.counts()
        self.assertEqual((counts["creates"], counts["recipients"], counts["repeats"]),
                         (rows * lists, rows * lists, 0))
        self.check_all_known()

    def test_reconcile_killed_at_each_commit_is_gone_on_with(self):
        write_list(self.home, "list", 60)
        self.sim.fault(kind="close_after", percent=50)
        self.home.run("bulk", str(self.home.path / "list.csv"), "-m", "{{nth}}", "--name", "list", "-y",
                      "--max-cost", "900")
        self.sim.fault(kind="none")
        self.assertGreater(statuses(self.home, "list")["in_doubt"], 10)
        killed = 0
        for at in range(1, 20):
            done = self.home.run(*SETTLE, env=shim("sync", kill_at=at))
            self.assertIn(done.returncode, (-9, 0), done.stderr)
            killed += done.returncode == -9
        self.assertGreater(killed, 2)
        self.home.run(*SETTLE, check=0)
        self.home.run("bulk", "resume", "list", "-y", "--max-cost", "900", "-q", check=0)
        self.home.run(*SETTLE, check=0)
        self.check_all_known()
        self.assertEqual(self.sim.counts()["creates"], 60)
        # No piece of news was entered twice.
        self.assertEqual(query(self.home, "SELECT message_id, status, count(*) FROM events WHERE source = 'poll' "
                               "AND kind = 'status' GROUP BY 1, 2 HAVING count(*) > 1"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
