"""`bulk` beside everything else that goes on: the same list at once, other commands, opt-outs that come
in meanwhile, readers that leave, and people who are asked.
"""

import json
import signal
import subprocess
import unittest

from lists import ON_ITS_WAY, number, query, statuses, write_list
from smsctl_process import PATIENCE, Home, wait_until

TEXT = "{{list}} to {{nth}}"


def signals_in(pid, field):
    """SigBlk or ShdPnd of a process, as a set of numbers."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        mask = int(next(line for line in status if line.startswith(field)).split()[1], 16)
    return {nth for nth in range(1, 65) if mask >> (nth - 1) & 1}


class Bulk(unittest.TestCase):
    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated("--latency", "20ms"))
        self.home.run("workspace", "set", "test", "segment-price=0.01", check=0)

    def command(self, name, count=60, *more, first=0):
        path = write_list(self.home, name, count, first)
        return ["bulk", path, "-m", TEXT, "--name", name, "-y", "--max-cost", "900", *more]

    def once_each(self, name, count):
        """Everybody in the list has one message there, and the database says so."""
        there = [body for body in self.sim.bodies() if body.startswith(f"{name} to ")]
        self.assertEqual(len(there), count)
        self.assertEqual(len(set(there)), count)
        self.assertEqual(sum(n for status, n in statuses(self.home, name).items() if status in ON_ITS_WAY), count)

    def batch(self, name):
        return json.loads(self.home.run("bulk", "show", name, check=0).stdout)

    def creates(self):
        return self.sim.counts()["creates"]

    def test_the_same_list_by_four_processes_at_once_goes_once(self):
        for turn in range(4):
            name = f"turn{turn}"
            command = self.command(name, first=60 * turn)
            together = [self.home.start(*command) for _ in range(4)]
            codes = []
            for process in together:
                _, err = process.communicate(timeout=PATIENCE)
                codes.append(process.returncode)
                self.assertIn(process.returncode, (0, 6, 8, 9), err)  # 8: another one plans it
            self.assertIn(0, codes)
            self.home.run(*command, check=0)
            self.once_each(name, 60)
        self.assertEqual(len(self.home.records("bulk", "list")), 4)

    def test_a_list_that_is_sent_while_somebody_is_asked_about_it_goes_once(self):
        path = write_list(self.home, "asked", 3)
        command = ["bulk", path, "-m", TEXT]

        def meanwhile(_):
            self.home.run(*command, "-y", check=0)

        code, screen = self.home.type(*command, keys="y\n", before=meanwhile)
        self.assertEqual(code, 8, screen)
        self.assertEqual(self.creates(), 3)
        self.assertEqual(len(self.home.records("message", "list")), 3)
        self.home.run(*command, "-y", check=0)
        self.assertEqual(self.creates(), 3)

    def test_a_batch_that_is_canceled_while_somebody_is_asked_about_it_stays_so(self):
        self.sim.fault(kind="opted_out", count=1)
        self.sim.fault(kind="refuse_429", retry_after=600, count=9)
        self.home.run(*self.command("asked", 3, "--concurrency", "1"), check=9)
        code, screen = self.home.type("bulk", "resume", "asked", "--only", "rejected", keys="y\n",
                                      before=lambda _: self.home.run("cancel", "asked", "-y", check=0))
        self.assertEqual(code, 2, screen)
        self.assertEqual(self.batch("asked")["status"], "canceled")
        self.assertEqual(statuses(self.home, "asked"), {"rejected": 1, "canceled": 2})
        self.assertEqual(self.creates(), 0)

    def test_at_a_terminal_it_asks_and_a_signal_there_is_a_no(self):
        few, many = write_list(self.home, "few", 3), write_list(self.home, "many", 101, first=10)
        for path, wrong in ((few, "n\n"), (few, "3\n"), (many, "y\n"), (many, "100\n")):
            code, screen = self.home.type("bulk", path, "-m", TEXT, keys=wrong)
            self.assertEqual(code, 2, screen)
        code, screen = self.home.type("bulk", few, "-m", TEXT, before=lambda p: p.send_signal(signal.SIGINT))
        self.assertEqual(code, 130, screen)
        self.assertEqual(self.home.records("bulk", "list"), [])
        code, screen = self.home.type("bulk", few, "-m", TEXT, keys="y\n")
        self.assertEqual(code, 0, screen)
        self.assertIn("about 0.03 USD", screen)
        code, screen = self.home.type("bulk", many, "-m", TEXT, keys="101\n")
        self.assertEqual(code, 0, screen)
        self.assertEqual(self.creates(), 104)

    def test_a_dry_run_changes_nothing(self):
        self.home.run(*self.command("before", 3), check=0)
        dump = "SELECT sql FROM sqlite_master UNION ALL SELECT public_id || status || seq FROM messages UNION ALL " \
               "SELECT public_id FROM contacts UNION ALL SELECT public_id || message_count FROM conversations UNION " \
               "ALL SELECT public_id || seq FROM batches UNION ALL SELECT public_id FROM events"
        stored = query(self.home, dump)
        for name, count in (("before", 3), ("new", 5)):
            done = self.home.run(*self.command(name, count), "-n", check=0)
            self.assertEqual(json.loads(done.stdout.splitlines()[-1])["object"], "batch")
        self.home.run("bulk", "resume", "before", "--only", "planned,rejected,blocked", "-n", check=0)
        self.assertEqual(query(self.home, dump), stored)
        self.assertEqual(self.creates(), 3)

    def test_a_single_send_does_not_wait_for_a_batch(self):
        batch = self.home.start(*self.command("long", 600, "--concurrency", "10"))
        wait_until(lambda: self.creates() >= 10)
        for nth in range(5):
            self.home.run("send", number(1000 + nth), "-m", "right now", check=0)
        self.assertIsNone(batch.poll())
        self.assertGreater(statuses(self.home, "long")["planned"], 0)
        _, err = batch.communicate(timeout=PATIENCE)
        self.assertEqual(batch.returncode, 0, err)
        self.once_each("long", 600)
        self.assertEqual(self.sim.bodies().count("right now"), 5)

    def test_whoever_says_stop_while_a_batch_runs_is_left_out(self):
        ours, last, told = self.sim.numbers[0], number(59), number(58)
        with self.home.background("listen", "--addr", "127.0.0.1:0") as (_, ready):
            self.home.run("workspace", "set", "test", f"public-url={ready['url']}", check=0)
            self.home.run("number", "set", ours, f"webhook={ready['url']}", "-y", check=0)
            batch = self.home.start(*self.command("stops", 60, "--rate", "20"))
            wait_until(lambda: self.creates() >= 3)
            self.sim.inbound(From=last, To=ours, Body="STOP")
            self.home.run("optout", "add", told, "--reason", "on the phone", check=0)
            # STOP counts for the number and, as the webhook names it, for its Messaging Service.
            wait_until(lambda: {each["number"] for each in self.home.records("optout", "list")} == {last, told})
            self.assertIsNone(batch.poll())
            out, err = batch.communicate(timeout=PATIENCE)
        self.assertEqual(batch.returncode, 0, err)
        records = [json.loads(line) for line in out.splitlines()]
        blocked = {record["to"] for record in records if record["status"] == "blocked"}
        self.assertEqual(blocked, {last, told})
        self.assertEqual(records[-1]["counts"]["blocked"], 2)
        there = [create["to"] for create in self.sim.state()["creates"]]
        self.assertEqual(len(there), 58)
        self.assertFalse({last, told} & set(there))

    def test_a_reader_that_leaves_does_not_stop_it(self):
        process = self.home.start(*self.command("unread"))
        self.assertEqual(json.loads(process.stdout.readline())["object"], "message")
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        self.assertEqual(process.wait(timeout=PATIENCE), 0, err)
        self.once_each("unread", 60)

    def test_too_many_failures_end_it_and_the_rest_goes_later(self):
        self.sim.fault(kind="opted_out", count=999)
        command = self.command("bad", 60, "--concurrency", "4", "--max-failures")
        done = self.home.run(*command, "3", check=9)
        self.assertIn("--max-failures", done.stderr)
        found = statuses(self.home, "bad")
        self.assertGreaterEqual(found["rejected"], 3)
        self.assertLessEqual(found["rejected"], 3 + 8)
        self.assertEqual(found["rejected"] + found["planned"], 60)
        self.assertEqual(self.batch("bad")["status"], "unfinished")
        self.sim.fault(kind="none")
        self.home.run(*command, "3", check=0)
        self.assertEqual(self.creates(), found["planned"])

    def test_a_share_of_failures_ends_it_once_it_means_something(self):
        self.sim.fault(kind="opted_out", percent=50)
        done = self.home.run(*self.command("half", 60, "--concurrency", "2", "--max-failures", "20%"), check=9)
        self.assertIn("--max-failures", done.stderr)
        found = statuses(self.home, "half")
        self.assertGreaterEqual(sum(found.values()) - found["planned"], 20)
        self.assertGreater(found["planned"], 0)

    def test_a_pipe_cut_short_by_the_signal_that_ends_us_is_no_list(self):
        process = self.home.start("bulk", "-", "-m", TEXT, "-y", stdin=subprocess.PIPE)
        process.stdin.write(f"to,list,nth\n{number(0)},cut,0\n")
        process.stdin.flush()
        wait_until(lambda: signal.SIGINT in signals_in(process.pid, "SigBlk"))
        process.send_signal(signal.SIGINT)
        wait_until(lambda: signal.SIGINT not in signals_in(process.pid, "ShdPnd"))
        _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 130, err)
        self.assertEqual(self.home.records("bulk", "list"), [])
        self.assertEqual(self.creates(), 0)

    def test_a_signal_is_heard_while_a_pipe_brings_nothing(self):
        process = self.home.start("bulk", "-", "-m", TEXT, "-y", stdin=subprocess.PIPE)
        process.stdin.write(f"to,list,nth\n{number(0)},idle,0\n")
        process.stdin.flush()
        wait_until(lambda: signal.SIGINT in signals_in(process.pid, "SigBlk"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 143)  # its stdin is open still
        process.communicate()
        self.assertEqual(self.home.records("bulk", "list"), [])

    def test_a_list_from_a_pipe_on_a_terminal_is_asked_about_there(self):
        # Nobody can answer on a stdin that is the list.
        done = self.home.run("bulk", "-", "-m", "Hi", stdin=f"to\n{number(0)}\n", check=2)
        self.assertIn("--yes", done.stderr)
        self.home.run("bulk", "-", "-m", "Hi", "-y", stdin=f"to\n{number(0)}\n", check=0)
        self.home.run("bulk", "-", "-m", "Hi", "-y", stdin=f"to\n{number(0)}\n", check=0)
        self.assertEqual(self.creates(), 1)

    def test_other_records_of_it_are_printed_in_the_format_that_was_asked_for(self):
        done = self.home.run(*self.command("table", 3), "--print", "{{to}} {{status}}", check=0)
        self.assertIn(f"{number(0)} queued", done.stdout)
        done = self.home.run(*self.command("quiet", 3, first=100), "-q", check=0)
        self.assertEqual((done.stdout, done.stderr), ("", ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
