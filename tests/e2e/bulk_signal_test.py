"""A batch that is stopped: what is in flight comes to its end, the rest goes later, and nobody is texted
twice.
"""

import signal
import unittest

from lists import ON_ITS_WAY, statuses, write_list
from smsctl_process import PATIENCE, Home, wait_until

ROWS = 60


class StoppedBulk(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)

    def simulated(self, latency):
        self.sim = self.enterContext(self.home.simulated("--latency", latency))
        self.command = ["bulk", write_list(self.home, "list", ROWS), "-m", "{{list}} to {{nth}}", "--name", "list",
                        "-y", "--concurrency", "6"]

    def creates(self):
        return self.sim.counts()["creates"]

    def check_done(self, in_doubt=0):
        found = statuses(self.home, "list")
        self.assertEqual(found["in_doubt"], in_doubt)
        self.assertEqual(sum(found[status] for status in ON_ITS_WAY), ROWS - in_doubt)
        counts = self.sim.counts()
        self.assertEqual((counts["recipients"], counts["recipients_with_several"]), (counts["creates"], 0))

    def test_the_first_signal_ends_it_in_good_order(self):
        self.simulated("50ms")
        for name, code in (("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 143)):
            before = self.creates()
            process = self.home.start(*self.command)
            wait_until(lambda: self.creates() >= before + 6)
            process.send_signal(getattr(signal, name))
            out, err = process.communicate(timeout=PATIENCE)
            with self.subTest(name):
                self.assertEqual(process.returncode, code, err)
                self.assertIn("smsctl bulk resume list", err)
                found = statuses(self.home, "list")
                self.assertEqual(found["submitting"] + found["in_doubt"], 0)
                self.assertEqual(sum(found[status] for status in ON_ITS_WAY), self.creates())
                self.assertGreater(found["planned"], 0)
                self.assertEqual(len(out.splitlines()), self.creates() - before + 1)
        self.home.run("bulk", "resume", "list", "-y", check=0)
        self.assertEqual(self.creates(), ROWS)
        self.check_done()

    def test_the_second_signal_ends_it_at_once_and_leaves_doubt(self):
        self.simulated("3s")
        process = self.home.start(*self.command)
        wait_until(lambda: self.sim.counts()["in_flight"] >= 6)

        def signalled():
            process.send_signal(signal.SIGINT)
            return process.poll() is not None

        wait_until(signalled)
        process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(self.creates(), 6)
        self.home.run("bulk", "list", check=0)
        found = statuses(self.home, "list")
        self.assertGreaterEqual(found["in_doubt"], 6)
        self.assertEqual(found["in_doubt"] + found["planned"], ROWS)

    def test_a_deadline_leaves_the_rest_for_later(self):
        self.simulated("20ms")
        done = self.home.run(*self.command, "--rate", "5", "--timeout", "1s", check=8)
        self.assertIn("smsctl bulk resume list", done.stderr)
        self.assertEqual(statuses(self.home, "list")["in_doubt"], 0)
        self.assertGreater(statuses(self.home, "list")["planned"], 0)
        self.home.run(*self.command, check=0)
        self.assertEqual(self.creates(), ROWS)
        self.check_done()


if __name__ == "__main__":
    unittest.main(verbosity=2)
