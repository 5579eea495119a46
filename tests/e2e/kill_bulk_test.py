"""`bulk` killed with SIGKILL at moments spread over its planning and its submitting, alone and four at
once, and with a disk that fills up: whoever starts it again until nothing is left has texted every
recipient exactly once, but for those in doubt, whom the far end knows at most once.

SMSCTL_TEST_SEED repeats a run's moments; how threads take turns stays chance. What must have been seen
at the end, kills before the plan, between plan and claim, before a request, after an answer, does not
depend on either: see kill_moments.
"""

import collections
import json
import os
import random
import time
import unittest

from kill_moments import every, shim, spread
from lists import ON_ITS_WAY, query, statuses, write_list
from smsctl_process import PATIENCE, Home

SEED = int(os.environ.get("SMSCTL_TEST_SEED", time.time_ns() % 1_000_000))
KILLS = 200
ROWS = 60
LONG = 8000  # two pieces of a plan
TEXT = "{{list}} to {{nth}}"


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

    def run_bulk(self, name, counted="any", **options):
        return self.home.run(*self.command(name), env=shim(counted, **options))

    def count(self, name, counted="any"):
        """How many calls of that kind a whole run makes."""
        file = self.home.path / "count"
        done = self.run_bulk(name, counted, count=file)
        self.assertEqual(done.returncode, 0, done.stderr)
        return int(file.read_text())

    def steps(self):
        """How many calls a whole run makes, and how many of them come before the first request."""
        self.assertEqual(self.run_bulk(self.new_list()).returncode, 0)  # makes rows that others find there
        planning = self.count(self.new_list(at="2h"))
        whole = self.count(self.new_list())
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

    def moments(self, planning, whole):
        """All that a new list is killed at: spread over the run, and over what is the same in each run."""
        syncs = self.count(self.new_list(at="2h"), "sync")
        moments = [
            *spread(self.random, "any", 1, planning, 30), *spread(self.random, "any", planning, whole, 70),
            *every("sync", syncs), ("request", 1), *spread(self.random, "request", 2, ROWS, 14),
            *spread(self.random, "answer", 1, ROWS, 15)]
        self.assertLess(len(moments), KILLS - 20)
        self.random.shuffle(moments)
        return moments

    def kill(self, name, kind, moment, phases):
        killed = self.run_bulk(name, kind, kill_at=moment)
        self.assertIn(killed.returncode, (-9, 0, 7, 9), killed.stderr)
        if killed.returncode == -9:
            phases[self.phase(name)] += 1
        else:
            self.assertEqual(kind, "any", f"it came to its end before {kind} {moment}")

    def test_killed_at_200_moments_and_run_again_it_texts_everybody_once(self):
        planning, whole = self.steps()
        moments = self.moments(planning, whole)
        phases = collections.Counter()
        while phases.total() < KILLS:
            name = self.new_list(keys=self.random.random() < 0.3)
            self.kill(name, *(moments.pop() if moments else ("any", self.random.randint(1, whole))), phases)
            # What goes on is killed, too, while that leaves a kill for each of the moments.
            while phases.total() + len(moments) < KILLS and not self.is_done(name) and self.random.random() < 0.4:
                self.kill(name, "any", self.random.randint(1, whole), phases)
            self.finish(name)
        self.check_all()
        print(f"seed {SEED}: {planning} moments until it is planned, {whole} in all; kills: {dict(phases)}; "
              f"{len(self.lists)} lists: {dict(self.outcomes)}")
        self.assertEqual(phases.total(), KILLS)
        self.assertEqual(moments, [])
        # By the syncs of a plan it is planned and not claimed, by the first request it is claimed.
        for phase in ("before the plan", "planned", "submitting"):
            self.assertGreater(phases[phase], 0, phase)
        # A kill between a request and its answer must have shown up as doubt, or nothing was tested.
        self.assertGreater(self.outcomes["in doubt, 1 there"], 0)
        self.assertGreater(self.outcomes["in doubt, 0 there"], 0)

    def test_killed_within_a_long_plan_it_loses_no_row_and_no_key(self):
        planning = self.count(self.new_list(LONG, keys=True, at="2h"))  # also makes rows that others find there
        syncs = self.count(self.new_list(LONG, keys=True, at="2h"), "sync")
        phases = collections.Counter()
        name = self.new_list(LONG, keys=True)
        # The first piece is written before one of the syncs, and the second after it.
        for kind, moment in every("sync", syncs) + spread(self.random, "any", planning // 3, planning, 8):
            self.assertEqual(self.run_bulk(name, kind, kill_at=moment).returncode, -9)
            phase = self.phase(name)
            phases[phase] += 1
            if phase not in ("before the plan", "half planned"):
                self.finish(name)
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
        # Four that each end at one of their first answers cannot get through all of the rows.
        answers = spread(self.random, "answer", 1, 2 * ROWS // 4 - 1, 24)
        anywhere = spread(self.random, "any", 1, whole // 2, 24)
        self.random.shuffle(answers)
        self.random.shuffle(anywhere)
        for _ in range(6):
            name = self.new_list(2 * ROWS)
            self.sim.fault(kind="refuse_429", retry_after="600", count=100)  # it is planned, and no more
            self.assertEqual(self.run_bulk(name).returncode, 6)
            self.sim.fault(kind="none")
            for moments in (answers, anywhere, None):
                together = []
                for _ in range(4):
                    env = {}
                    if moments:
                        kind, moment = moments.pop()
                        env = shim(kind, kill_at=moment)
                    together.append(self.home.start("bulk", "resume", name, "-y", "--max-cost", "900",
                                                    "--concurrency", "8", env=env))
                ended = collections.Counter()
                for process in together:
                    _, err = process.communicate(timeout=PATIENCE)
                    self.assertIn(process.returncode, (0, 6, 7, 9) if moments is None else (-9, 0, 6, 7, 9), err)
                    ended[process.returncode] += 1
                if moments is answers:
                    self.assertGreater(ended[-9], 0)
                killed += ended[-9]
                survived += 4 - ended[-9]
            self.finish(name)
        self.check_all()
        print(f"seed {SEED}: {killed} killed, {survived} came to their end: {dict(self.outcomes)}")
        self.assertGreater(self.outcomes["in doubt, 1 there"], 0)

    def test_a_disk_that_fills_up_half_way_never_sends_twice_and_loses_nobody(self):
        planning, whole = self.steps()
        codes = collections.Counter()
        # Before the first answer nothing fits, or all does and no answer can be kept.
        moments = [("any", 1), *spread(self.random, "any", 2, planning, 5),
                   *spread(self.random, "any", planning, whole, 14), ("answer", 1), *spread(self.random, "answer", 2, ROWS - 1, 3)]
        for kind, moment in moments:
            name = self.new_list()
            full = self.run_bulk(name, kind, full_at=moment)
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
