"""`bulk` killed with SIGKILL at random moments of its planning and its submitting, alone and four at
once, and with a disk that fills up: whoever starts it again until nothing is left has texted every
recipient exactly once, but for those in doubt, whom the far end knows at most once.

SMSCTL_TEST_SEED repeats a run's moments; how threads take turns stays chance.
"""

import collections
import json
import os
import random
import time
import unittest

from lists import ON_ITS_WAY, query, statuses, write_list
from smsctl_process import PATIENCE, Home

SHIM = os.environ["SMSCTL_KILL_AT"]
SEED = int(os.environ.get("SMSCTL_TEST_SEED", time.time_ns() % 1_000_000))
KILLS = 200
ROWS = 60
LONG = 8000  # two pieces of a plan
TEXT = "{{list}} to {{nth}}"


def shim(**options):
    return {"LD_PRELOAD": SHIM, **{f"SMSCTL_TEST_{name.upper()}": str(value) for name, value in options.items()}}


class KilledBulk(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())
        self.home.run("workspace", "set", "test", "segment-price=0.01", check=0)
        self.random = random.Random(SEED)
        self.lists = {}
        self.outcomes = collections.Counter()

    def new_list(self, count=ROWS, keys=False, **columns):
        """A list of numbers that no other has, with texts of its own; gives its name."""
        name = f"list{len(self.lists)}"
        first = sum(self.lists.values())
        self.lists[name] = count
        if keys:
            columns["key"] = f"{name}-{{nth}}"
        write_list(self.home, name, count, first, **columns)
        return name

    def command(self, name):
        return ["bulk", str(self.home.path / f"{name}.csv"), "-m", TEXT, "--name", name, "-y", "--max-cost", "900",
                "--concurrency", "8"]

    def run_bulk(self, name, **options):
        return self.home.run(*self.command(name), env=shim(**options))

    def steps(self):
        """How many calls a whole run makes, and how many of them come before the first request."""
        self.assertEqual(self.run_bulk(self.new_list()).returncode, 0)  # makes rows that others find there
        count = self.home.path / "count"
        planned = self.run_bulk(self.new_list(at="2h"), count=count)
        self.assertEqual(planned.returncode, 0, planned.stderr)
        planning = int(count.read_text())
        self.assertEqual(self.run_bulk(self.new_list(), count=count).returncode, 0)
        whole = int(count.read_text())
        self.assertGreater(planning, 8)
        self.assertGreater(whole, planning + ROWS)
        return planning, whole

    def phase(self, name):
        """What a kill left behind, in the words of the count at the end."""
        state = query(self.home, "SELECT state FROM batches WHERE name = ?", name)
        if not state:
            return "before the plan"
        if state[0][0] == "planning":
            return "half planned"
        found = statuses(self.home, name)
        if set(found) == {"planned"}:
            return "planned"
        return "submitting" if found["planned"] + found["submitting"] else "after the last answer"

    def is_done(self, name):
        found = statuses(self.home, name)
        return found["planned"] + found["submitting"] == 0 and query(
            self.home, "SELECT 1 FROM batches WHERE name = ? AND state = 'planned'", name)

    def finish(self, name):
        """Runs it until nothing is left."""
        for _ in range(3):
            done = self.home.run(*self.command(name))
            self.assertIn(done.returncode, (0, 7, 9), done.stderr)
            if self.is_done(name):
                return
        self.fail(f"{name} is never done: {done.stderr}")

    def check_all(self):
        """Every row of every list is in the database once, and at the far end as that says."""
        there = collections.Counter(
            (create["to"], create["body"]) for create in self.sim.state()["creates"])
        self.assertEqual([], query(self.home, "SELECT id FROM batches WHERE state <> 'planned'"))
        stored = query(self.home, "SELECT to_address, body, status FROM messages WHERE status <> 'planned' OR "
                            "scheduled_at IS NULL")
        later = query(self.home, "SELECT count(*) FROM messages WHERE scheduled_at IS NOT NULL AND status = 'planned'")
        self.assertEqual(len(stored) + later[0][0], sum(self.lists.values()))
        self.assertEqual(len({to for to, _, _ in stored}), len(stored), "two rows of one recipient")
        for to, body, status in stored:
            count = there.pop((to, body), 0)
            self.outcomes[f"in doubt, {count} there" if status == "in_doubt" else "sent once"] += 1
            if status == "in_doubt":
                self.assertLessEqual(count, 1, (to, body))
            else:
                self.assertIn(status, ON_ITS_WAY, (to, body))
                self.assertEqual(count, 1, (to, body))
        self.assertEqual([], list(there)[:5], "sent, and nothing is known of it")
        self.assertEqual(self.home.run("db", "check").returncode, 0)

    def test_killed_at_200_moments_and_run_again_it_texts_everybody_once(self):
        planning, whole = self.steps()
        phases = collections.Counter()
        while phases.total() < KILLS:
            name = self.new_list(keys=self.random.random() < 0.3)
            while phases.total() < KILLS and self.random.random() < 0.8:
                moment = self.random.randint(1, planning if self.random.random() < 0.25 else whole)
                killed = self.run_bulk(name, kill_at=moment)
                self.assertIn(killed.returncode, (-9, 0, 7, 9), killed.stderr)
                if killed.returncode == -9:
                    phases[self.phase(name)] += 1
                if self.is_done(name):
                    break
            self.finish(name)
        self.check_all()
        print(f"seed {SEED}: {planning} moments until it is planned, {whole} in all; kills: {dict(phases)}; "
              f"{len(self.lists)} lists: {dict(self.outcomes)}")
        self.assertEqual(phases.total(), KILLS)
        for phase in ("before the plan", "planned", "submitting"):
            self.assertGreater(phases[phase], 0)
        # A kill between a request and its answer must have shown up as doubt, or nothing was tested.
        self.assertGreater(self.outcomes["in doubt, 1 there"], 0)

    def test_killed_within_a_long_plan_it_loses_no_row_and_no_key(self):
        count = self.home.path / "count"
        first = self.run_bulk(self.new_list(LONG, keys=True, at="2h"), count=count)
        self.assertEqual(first.returncode, 0, first.stderr)
        planning = int(count.read_text())
        phases = collections.Counter()
        early, late = planning // 3, planning
        name = self.new_list(LONG, keys=True)
        while phases["half planned"] < 4 and phases.total() < 16:
            moment = self.random.randint(early, late)
            self.assertEqual(self.run_bulk(name, kill_at=moment).returncode, -9)
            phase = self.phase(name)
            phases[phase] += 1
            if phase == "before the plan":
                early = min(moment, late - 10)
            elif phase != "half planned":
                late = max(moment, early + 10)
                name = self.new_list(LONG, keys=True)
        self.finish(name)
        print(f"seed {SEED}: {planning} moments of planning; kills: {dict(phases)}")
        self.assertGreater(phases["half planned"], 0)
        for state, rows, keys, people in query(self.home, 
                "SELECT b.state, count(*), count(DISTINCT m.key), count(DISTINCT m.to_address) FROM batches b "
                "JOIN messages m ON m.batch_id = b.id GROUP BY b.id"):
            self.assertEqual((state, rows, keys, people), ("planned", LONG, LONG, LONG))
        there = collections.Counter(create["body"] for create in self.sim.state()["creates"]
                                    if create["body"].startswith(f"{name} "))
        in_doubt = {body for body, in query(self.home, "SELECT body FROM messages WHERE status = 'in_doubt'")}
        self.assertEqual(set(there.values()), {1})
        self.assertEqual(LONG, len(there) + len({body for body in in_doubt if body.startswith(f"{name} ")} - set(there)))

    def test_four_that_go_on_with_one_batch_at_once_text_everybody_once(self):
        planning, whole = self.steps()
        killed = survived = 0
        for _ in range(6):
            name = self.new_list(2 * ROWS)
            self.sim.fault(kind="refuse_429", retry_after="600", count=100)  # it is planned, and no more
            self.assertEqual(self.run_bulk(name).returncode, 6)
            self.sim.fault(kind="none")
            for is_last in (False, False, True):
                together = [
                    self.home.start("bulk", "resume", name, "-y", "--max-cost", "900", "--concurrency", "8",
                                    env={} if is_last else shim(kill_at=self.random.randint(1, whole // 2)))
                    for _ in range(4)]
                for process in together:
                    _, err = process.communicate(timeout=PATIENCE)
                    self.assertIn(process.returncode, (0, 6, 7, 9) if is_last else (-9, 0, 6, 7, 9), err)
                    killed += process.returncode == -9
                    survived += process.returncode != -9
            self.finish(name)
        self.check_all()
        print(f"seed {SEED}: {killed} killed, {survived} came to their end: {dict(self.outcomes)}")
        self.assertGreater(killed, 0)

    def test_a_disk_that_fills_up_half_way_never_sends_twice_and_loses_nobody(self):
        planning, whole = self.steps()
        codes = collections.Counter()
        for nth in range(24):
            name = self.new_list()
            moment = self.random.randint(1, planning if nth % 4 == 0 else whole)
            full = self.run_bulk(name, full_at=moment)
            codes[full.returncode] += 1
            self.assertIn(full.returncode, (0, 7, 12), full.stderr)
            if full.returncode == 12:
                error = json.loads(full.stderr.splitlines()[-1])
                self.assertEqual(error["code"], "storage.full", error)
            self.finish(name)
        self.check_all()
        print(f"seed {SEED}: exits {dict(codes)}: {dict(self.outcomes)}")
        self.assertGreater(codes[12], 0)
        self.assertGreater(codes[7], 0)


if __name__ == "__main__":
    print(f"SMSCTL_TEST_SEED={SEED}", flush=True)
    unittest.main(verbosity=2)
