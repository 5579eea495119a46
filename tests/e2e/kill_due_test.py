"""`send --due` killed with SIGKILL before each of its writes, syncs and packets while another one
runs beside it: no message is sent twice, and none is forgotten.
"""

import collections
import subprocess
import unittest

from kill_moments import every, shim
from smsctl_process import BINARY, PATIENCE, Home

RECIPIENTS = [f"+1415555267{n}" for n in range(4)]


class KilledDispatch(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated())

    def plan(self, text):
        self.home.run("send", *RECIPIENTS, "-m", text, "--at", "1h", check=0)
        self.home.make_due()

    def dispatch(self, counted="any", **options):
        env = shim(counted, **options) if options else {}
        return subprocess.Popen([BINARY, "send", "--due", "-q"], env={**self.home.env, **env},
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self, process, *codes):
        _, err = process.communicate(timeout=PATIENCE)
        self.assertIn(process.returncode, codes, err)

    def steps(self):
        """How many calls a dispatch of them all makes; counted twice, since the first also makes rows."""
        count_file = self.home.path / "count"
        for text in ("warm up", "count"):
            self.plan(text)
            self.end(self.dispatch(count=count_file), 0)
        steps = int(count_file.read_text())
        self.assertGreater(steps, 20)
        return steps

    def check(self, text, outcomes):
        there = collections.Counter(m["to"] for m in self.sim.state()["creates"] if m["body"] == text)
        stored = {m["to"]: m["status"] for m in self.home.records("message", "list") if m["body"] == text}
        self.assertEqual(set(stored), set(RECIPIENTS))
        for to, status in stored.items():
            self.assertLessEqual(there[to], 1)
            if status == "in_doubt":
                outcomes[f"in doubt, {there[to]} there"] += 1
            else:
                self.assertIn(status, ("queued", "sent", "delivered"))
                self.assertEqual(there[to], 1)
                outcomes["sent once"] += 1

    def rounds(self, beside):
        steps = self.steps()
        outcomes = collections.Counter()
        count = len(RECIPIENTS)
        # Every call there is, and those around each acceptance, wherever threads put them.
        for kind, step in every("any", steps) + every("request", count) + every("answer", count):
            text = f"kill at {kind} {step}"
            self.plan(text)
            killed = self.dispatch(kind, kill_at=step)
            other = self.dispatch() if beside else None
            self.end(killed, -9, *(() if kind != "any" and not beside else (0,)))
            if other:
                self.end(other, 0)
            self.end(self.dispatch(), 0)
            with self.subTest(kind=kind, step=step, of=steps):
                self.check(text, outcomes)
        print(f"{steps} moments{' beside another' if beside else ''}: {dict(outcomes)}")
        self.assertGreater(outcomes["sent once"], 0)
        return outcomes

    def test_what_a_killed_dispatch_left_goes_with_the_next(self):
        # A kill between a request and its answer must have shown up as doubt, or nothing was tested.
        self.assertGreater(self.rounds(beside=False)["in doubt, 1 there"], 0)

    def test_two_at_once_and_one_of_them_killed(self):
        self.rounds(beside=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
