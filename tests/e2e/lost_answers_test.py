"""Answers that are lost, late, or say "not now": a batch never sends twice, and says of each message
what is certain about it.
"""

import collections
import datetime
import json
import socket
import threading
import unittest

from lists import ON_ITS_WAY, query, statuses, write_list
from smsctl_process import PATIENCE, Home

MANY = 10_000


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class HangingUp:
    """A provider that accepts each message, answers, and closes the kept connection without a word."""

    def __init__(self):
        self.bodies = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            size = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                size = int(value) if name.lower() == b"content-length" else size
            if line == b"":
                return
            body = stream.read(size)
            with self._lock:
                self.bodies.append(body)
                sid = f"SM{len(self.bodies):032x}"
            answer = json.dumps({"sid": sid, "status": "queued", "direction": "outbound-api",
                                 "num_segments": "1"}).encode()
            connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: "
                               + str(len(answer)).encode() + b"\r\n\r\n" + answer)


def command_for(home, name, count, *more, first=0):
    path = write_list(home, name, count, first)
    return ["bulk", path, "-m", "{{list}} to {{nth}}", "--name", name, "-y", *more]


class LostAnswers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Half a minute, spent beside the other tests.
        cls.hung = cls.enterClassContext(Home())
        cls.hung_sim = cls.enterClassContext(cls.hung.simulated())
        cls.hung_sim.fault(kind="hang")
        cls.hung_process = cls.hung.start(*command_for(cls.hung, "hung", 20, "--concurrency", "1", "--timeout", "1s"))

    def setUp(self):
        home = Home()
        self.home = self.enterContext(home)
        self.sim = self.enterContext(home.simulated("--latency", "2ms"))
        self.home.run("workspace", "set", "test", "segment-price=0.01", check=0)

    def command(self, name, count=60, *more, first=0):
        return command_for(self.home, name, count, "--max-cost", "900", *more, first=first)

    def check_counts(self, name, count, in_doubt, lost):
        """`in_doubt` of `count` are in doubt, and `lost` of those never reached anybody."""
        found = statuses(self.home, name)
        self.assertEqual(found["in_doubt"], in_doubt, found)
        self.assertEqual(sum(found[status] for status in ON_ITS_WAY), count - in_doubt, found)
        counts = self.sim.counts()
        self.assertEqual(counts["creates"], count - lost)
        self.assertEqual((counts["recipients"], counts["recipients_with_several"]), (count - lost, 0))
        return counts

    def test_two_lost_answers_in_a_hundred_are_in_doubt_and_nobody_gets_two(self):
        self.sim.fault(kind="close_after", percent=2, kept="true")
        done = self.home.run(*self.command("many", MANY), check=9)
        hits = self.sim.counts()["faults"]["close_after"]
        self.assertGreater(hits, MANY * 0.01)
        self.assertLess(hits, MANY * 0.03)
        self.check_counts("many", MANY, hits, 0)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        told = collections.Counter(record["status"] for record in records[:-1])
        self.assertEqual(told, {"queued": MANY - hits, "in_doubt": hits})
        self.assertEqual(records[-1]["counts"]["in_doubt"], hits)
        self.assertIn("reconcile", done.stderr)
        self.home.run(*self.command("many", MANY), check=7)
        self.assertEqual(self.sim.counts()["creates"], MANY)

    def test_whatever_happens_to_an_answer_nobody_gets_two(self):
        arrives = {"close_after": True, "reset_after": True, "error_500_after": True, "truncate": True,
                   "close_before": False, "reset_before": False, "error_500_before": False, "html_503": False}
        for kind, is_there in arrives.items():
            for kept in ("true", "false"):
                home = Home()
                with self.subTest(kind=kind, kept=kept), home, home.simulated() as self.sim:
                    self.home = home
                    home.run("workspace", "set", "test", "segment-price=0.01", check=0)
                    self.sim.fault(kind=kind, count=10, skip=3, kept=kept)
                    self.home.run(*self.command("list", 60, "--concurrency", "8"), check=9)
                    self.check_counts("list", 60, 10, 0 if is_there else 10)

    def test_a_kept_connection_that_the_far_end_gave_up_brings_nobody_two(self):
        with HangingUp() as far_end:
            for turn in range(3):
                name = f"turn{turn}"
                done = self.home.run(*self.command(name, 200, first=200 * turn),
                                     env={"SMSCTL_API_BASE": far_end.url})
                found = statuses(self.home, name)
                self.assertIn(done.returncode, (0, 9), done.stderr)
                self.assertEqual(sum(found[status] for status in ON_ITS_WAY) + found["in_doubt"], 200, found)
                there = [body for body in far_end.bodies if f"Body={name}+".encode() in body]
                self.assertEqual(len(there), len(set(there)))
                self.assertGreaterEqual(len(there), 200 - found["in_doubt"])

    def test_answers_that_say_too_many_slow_it_down_and_lose_nothing(self):
        self.sim.fault(kind="refuse_429", above=5)
        self.home.run(*self.command("busy", 400), check=0)
        counts = self.check_counts("busy", 400, 0, 0)
        self.assertGreater(counts["answers"]["429"], 0)
        self.assertLess(counts["answers"]["429"], 200)
        self.assertGreater(max(attempts for (attempts,) in query(self.home, "SELECT attempts FROM messages")), 1)

    def test_a_burst_of_refusals_is_waited_out_for_as_long_as_it_says(self):
        self.sim.fault(kind="refuse_429", skip=30, count=20, retry_after=1)
        self.home.run(*self.command("burst", 200, "--concurrency", "20"), check=0)
        self.check_counts("burst", 200, 0, 0)
        at = [instant(create["at"]) for create in self.sim.state()["creates"]]
        self.assertGreaterEqual(max(b - a for a, b in zip(at, at[1:])), datetime.timedelta(milliseconds=900))

    def test_an_endless_refusal_ends_it_and_it_can_go_on(self):
        self.sim.fault(kind="refuse_429", skip=30, count=100_000, retry_after=1)
        done = self.home.run(*self.command("down"), check=9)
        self.assertIn("bulk resume down", done.stderr)
        found = statuses(self.home, "down")
        self.assertEqual((found["planned"], found["in_doubt"] + found["submitting"]), (30, 0))
        self.sim.fault(kind="none")
        self.home.run("bulk", "resume", "down", "-y", check=0)
        self.check_counts("down", 60, 0, 0)

    def senders(self):
        return self.sim.numbers[0], self.sim.numbers[1]

    def test_a_sender_whose_queue_is_full_pauses_and_the_other_goes_on(self):
        full, free = self.senders()
        self.sim.fault(kind="queue_full", count=2, retry_after=3, **{"from": full})
        self.home.run(*self.command("two", 60, "--concurrency", "2", "-f", full, "-f", free), check=0)
        self.check_counts("two", 60, 0, 0)
        at = {full: [], free: []}
        for create in self.sim.state()["creates"]:
            at[create["from"]].append(instant(create["at"]))
        self.assertEqual((len(at[full]), len(at[free])), (30, 30))
        # From when it was known, however long the disk kept it from being written down.
        [(refused_at,)] = query(
            self.home, "SELECT max(e.created_at) FROM events e JOIN messages m ON m.id = e.message_id "
            "WHERE m.from_address = ? AND e.error_code = '21611'", full)
        paused_at = datetime.datetime.fromtimestamp(refused_at / 1000, datetime.timezone.utc)
        self.assertGreaterEqual(min(at[full]) - paused_at, datetime.timedelta(seconds=3))
        self.assertGreater(len([each for each in at[free] if each < min(at[full])]), 5)

    def test_a_sender_whose_queue_stays_full_is_given_up_and_the_other_goes_on(self):
        full, free = self.senders()
        self.sim.fault(kind="queue_full", count=100_000, retry_after=1, **{"from": full})
        done = self.home.run(*self.command("two", 60, "-f", full, "-f", free), check=9)
        self.assertIn("30 not sent", done.stderr)
        self.assertEqual(statuses(self.home, "two")["planned"], 30)
        self.assertEqual(list(self.sim.counts()["senders"]), [free])
        self.sim.fault(kind="none")
        self.home.run("bulk", "resume", "two", "-y", check=0)
        self.check_counts("two", 60, 0, 0)
    def test_without_an_answer_it_waits_no_longer_than_a_request_may_take(self):
        _, err = self.hung_process.communicate(timeout=PATIENCE)
        self.assertEqual(self.hung_process.returncode, 8, err)
        self.assertIn("bulk resume hung", err)
        found = statuses(self.hung, "hung")
        self.assertEqual((found["in_doubt"], found["planned"]), (1, 19))
        self.hung.run("bulk", "resume", "hung", "-y", check=9)
        self.assertEqual(statuses(self.hung, "hung")["in_doubt"], 1)
        counts = self.hung_sim.counts()
        self.assertEqual((counts["creates"], counts["recipients"]), (20, 20))


if __name__ == "__main__":
    unittest.main(verbosity=2)
