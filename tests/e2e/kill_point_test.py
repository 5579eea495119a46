"""`listen --point` killed with SIGKILL at every step of its story: what repairs it finds the former webhook, always."""

import json
import pathlib
import random
import signal
import subprocess
import tempfile
import unittest

from kill_moments import every, shim, spread
from point_world import OURS, THEIRS, PointWorld
from smsctl_process import BINARY, PATIENCE, wait_for_json


class KilledPoint(PointWorld):
    def live(self, moment=None):
        """One life, from pointing to putting back, killed at `moment`; gives its exit code."""
        with tempfile.TemporaryDirectory() as folder:
            ready_file = pathlib.Path(folder) / "ready.json"
            killed = shim(moment[0], kill_at=moment[1]) if moment else {}
            process = subprocess.Popen(
                [BINARY, "listen", "--addr", "127.0.0.1:0", "--ready-file", str(ready_file), "--public-url", OURS,
                 "--point", self.number, "-y", "-q"],
                env={**self.home.env, **killed}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True)
            try:
                try:
                    wait_for_json(ready_file, process)
                    process.send_signal(signal.SIGTERM)
                except AssertionError:
                    pass  # killed before it was ready
                return process.wait(PATIENCE)
            finally:
                if process.poll() is None:
                    process.kill()
                process.communicate()

    def test_the_former_webhook_comes_back(self):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        chance = random.Random(seed)
        with tempfile.TemporaryDirectory() as folder:
            count = pathlib.Path(folder) / "count"
            self.home.env.update(shim(count=count))
            self.assertEqual(self.live(), 0)
            for name in shim(count=count):
                del self.home.env[name]
            calls = int(count.read_text())
        moments = every("request", 2) + every("answer", 4) + every("sync", 12) + spread(chance, "any", 1, calls, 40)
        chance.shuffle(moments)
        kills = left = 0
        for number, moment in enumerate(moments):
            killed = self.live(moment) == -signal.SIGKILL
            kills += killed
            left += self.webhook() == OURS
            self.assertIn(self.webhook(), (OURS, THEIRS))
            repair = number % 3
            if repair == 0:  # by hand; with nothing to undo it must have been left as it was
                self.assertIn(self.home.run("number", "set", self.number, "--undo", "-y").returncode, (0, 2))
                if self.webhook() == "":  # nothing of a listener's was left: that undid what setUp did
                    self.home.run("number", "set", self.number, f"webhook={THEIRS}", "-y", check=0)
            elif repair == 1:  # by the next, killed as well, and the one after it
                self.live(chance.choice(moments))
                self.assertEqual(self.live(), 0)
            else:
                self.assertEqual(self.live(), 0)
            self.assertEqual(self.webhook(), THEIRS, f"seed {seed}, killed at {moment}")
        print(f"{kills} kills, after {left} of them the number still pointed at the dead listener")
        self.assertGreater(kills, len(moments) // 2)
        self.assertGreater(left, 5)
        self.assertEqual(self.home.run("db", "check").returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
