"""`bulk --via batch` against a far end that answers in every way it can: nobody gets a text twice,
and whatever was accepted is found again.
"""

import json
import unittest

from bulk_world import TEXT, BulkWorld, numbers


class ViaBatch(unittest.TestCase):
    def setUp(self):
        self.world = BulkWorld(self)
        self.sim = self.world.sim
        self.home = self.world.home

    def test_messages_leave_many_at_once_and_get_their_ids(self):
        people = numbers(25)
        done = self.world.bulk("spring", people, "--batch-size", "10", check=0)
        self.assertEqual(len(self.world.posts()), 3)
        self.assertEqual([post["state"] for post in self.world.posts()], ["accepted"] * 3)
        self.assertTrue(all(post["settled_at"] for post in self.world.posts()))
        self.assertEqual(self.world.there(), {to: 1 for to in people})
        batch = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual(batch["via"], "batch")
        stored = self.world.messages(batch["id"])
        sids = {m["to"]: m["sid"] for m in self.sim.state()["messages"]}
        self.assertEqual({to: m["provider_id"] for to, m in stored.items()}, sids)
        self.home.run("reconcile", "--older-than", "0s", check=0)
        again = self.world.bulk("spring", people, check=0)
        self.assertEqual(self.world.there(), {to: 1 for to in people}, again.stderr)

    def test_a_repeated_recipient_stands_in_two_requests(self):
        path = self.home.path / "twice.csv"
        path.write_text("to,body\n+14155552000,one\n+14155552001,two\n+14155552000,three\n")
        self.home.run("bulk", str(path), "--via", "batch", "-y", check=0)
        self.assertEqual([post["row_count"] for post in self.world.posts()], [2, 1])
        self.assertEqual(self.world.there()["+14155552000"], 2)
        self.assertEqual(sorted(self.sim.bodies()), ["one", "three", "two"])

    def test_texts_that_look_like_templates_arrive_as_they_are(self):
        path = self.home.path / "odd.jsonl"
        path.write_text(json.dumps({"to": "+14155552000", "body": "{{ x }} {% raw %} ü 😀"}) + "\n")
        self.home.run("bulk", str(path), "--via", "batch", "-y", check=0)
        self.assertEqual(self.sim.bodies(), ["{{ x }} {% raw %} ü 😀"])

    def test_what_the_bulk_api_cannot_carry_is_refused_before_anything_is_planned(self):
        cases = {
            "media": "to,body,media\n+14155552000,hi,\n+14155552001,hi,https://example.com/a.png\n",
            "profile": "to,body\n+14155552000,hi\n+14155552001,hi ${Twilio.Profile.name}\n",
        }
        for name, content in cases.items():
            with self.subTest(name):
                path = self.home.path / f"{name}.csv"
                path.write_text(content)
                refused = self.home.run("bulk", str(path), "--via", "batch", "-y", check=2)
                self.assertIn("record 3", refused.stderr)
                self.assertIn("--via messages", refused.stderr)
        refused = self.world.bulk("named", numbers(1), "--from", "Example", check=2)
        self.assertIn("--via messages", refused.stderr)
        self.assertEqual(self.home.records("bulk", "list"), [])
        self.assertEqual(self.sim.bodies(), [])

    def test_options_of_the_other_way_are_refused(self):
        self.world.bulk("a", numbers(1), "--rate", "5", check=2)
        self.world.bulk("a", numbers(1), "--concurrency", "5", check=2)
        self.world.bulk("a", numbers(1), "--batch-size", "10001", check=2)
        self.home.run("bulk", self.world.list_of("b", numbers(1)), "-m", TEXT, "--batch-size", "5", "-y", check=2)
        self.assertEqual(self.sim.bodies(), [])

    def test_a_batch_goes_on_the_way_it_was_planned(self):
        self.sim.fault(kind="error_500_before", scope="bulk")
        people = numbers(3)
        self.world.bulk("spring", people, "--timeout", "100ms")
        refused = self.home.run("bulk", self.world.list_of("spring", people), "-m", TEXT, "--name", "spring",
                                "--via", "messages", "-y", check=2)
        self.assertIn("--via batch", refused.stderr)

    def test_lost_answers_leave_everything_in_doubt_until_it_is_found(self):
        """Carried out or not, the client sees the same; only what is there is adopted."""
        kinds = {"error_500_after": 5, "error_503_after": 5, "reset_after": 5, "close_after": 5,
                 "error_500_before": 0, "error_503_before": 0, "html_503": 0, "reset_before": 0, "close_before": 0}
        for place, (kind, arrive) in enumerate(kinds.items()):
            people = numbers(5, first=3000 + 10 * place)
            with self.subTest(kind):
                # Reading is refused too, so that the command itself settles nothing.
                self.sim.fault(kind=kind, scope="bulk")
                self.sim.fault(kind="late", scope="bulk_read", count=1000)
                self.world.bulk(kind, people, "--timeout", "300ms", check=7)
                self.assertEqual(self.world.statuses(kind), {"in_doubt": 5})
                self.home.run("bulk", "resume", kind, "-y", "--timeout", "300ms")
                self.sim.fault(kind="none")
                self.home.run("bulk", "resume", kind, "-y", "--timeout", "300ms")
                self.home.run("reconcile", "--older-than", "0s", "--no-inbound", check=0)
                there = {to: n for to, n in self.world.there().items() if to in people}
                self.assertEqual(there, {to: 1 for to in people} if arrive else {})
                if arrive:
                    self.assertNotIn("in_doubt", self.world.statuses(kind))
                    self.assertEqual(self.world.posts()[-1]["state"], "accepted")
                else:
                    self.assertEqual(self.world.statuses(kind), {"in_doubt": 5})
                    self.assertEqual(self.world.posts()[-1]["state"], "unknown")
        self.assertEqual(len(self.world.posts()), len(kinds))

    def test_once_a_lost_request_is_found_the_rest_follows(self):
        self.sim.fault(kind="reset_after", scope="bulk", skip=1)
        people = numbers(30)
        self.world.bulk("spring", people, "--batch-size", "10", check=0)
        self.assertEqual(self.world.there(), {to: 1 for to in people})
        self.assertEqual([post["state"] for post in self.world.posts()], ["accepted"] * 3)

    def test_while_a_lost_request_is_not_found_nothing_more_leaves(self):
        self.sim.fault(kind="reset_before", scope="bulk", skip=1)
        people = numbers(30)
        self.world.bulk("spring", people, "--batch-size", "10", "--timeout", "1500ms", check=9)
        self.assertEqual(sum(self.world.there().values()), 10)
        counts = self.world.statuses("spring")
        self.assertEqual((counts["in_doubt"], counts["planned"]), (10, 10))
        self.home.run("bulk", "resume", "spring", "-y", "--timeout", "1500ms")
        self.assertEqual(sum(self.world.there().values()), 20)
        self.assertEqual(self.world.statuses("spring")["in_doubt"], 10)

    def test_an_acceptance_that_names_nothing_is_found_by_its_tag(self):
        for place, kind in enumerate(("empty_body", "empty_answer", "truncate")):
            people = numbers(4, first=4000 + 10 * place)
            with self.subTest(kind):
                self.sim.fault(kind=kind, scope="bulk")
                self.world.bulk(kind, people, check=0)
                post = self.world.posts()[-1]
                self.assertEqual(post["state"], "accepted")
                self.assertTrue(post["operation_id"].startswith("comms_operation_"))
                self.assertEqual({to: 1 for to in people},
                                 {to: n for to, n in self.world.there().items() if to in people})

    def test_what_is_certainly_not_sent_goes_again(self):
        self.sim.fault(kind="refuse_429", scope="bulk", count=2, retry_after="1")
        people = numbers(5)
        self.world.bulk("spring", people, check=0)
        self.assertEqual([post["state"] for post in self.world.posts()], ["not_sent", "not_sent", "accepted"])
        self.assertEqual(self.world.there(), {to: 1 for to in people})

    def test_four_times_turned_away_is_unavailable_and_resume_sends(self):
        self.sim.fault(kind="refuse_429", scope="bulk", count=4, retry_after="0")
        people = numbers(5)
        self.world.bulk("spring", people, check=6)
        self.assertEqual(self.world.statuses("spring"), {"planned": 5})
        self.home.run("bulk", "resume", "spring", "-y", check=0)
        self.assertEqual(self.world.there(), {to: 1 for to in people})

    def test_a_far_end_that_cannot_be_reached_leaves_everything_planned(self):
        self.world.bulk("spring", numbers(5), env={"SMSCTL_API_BASE": "http://127.0.0.1:1"}, check=6)
        self.assertEqual(self.world.statuses("spring"), {"planned": 5})

    def test_refused_credentials_leave_everything_planned(self):
        self.world.bulk("spring", numbers(5), env={"TEST_TOKEN": "wrong"}, check=4)
        self.assertEqual(self.world.statuses("spring"), {"planned": 5})
        self.assertEqual(self.sim.bodies(), [])

    def test_only_the_recipients_at_fault_are_rejected(self):
        people = numbers(3)
        done = self.world.bulk("spring", [people[0], "+15005550001", *people[1:]], check=9)
        self.assertEqual(self.world.there(), {to: 1 for to in people})
        batch = json.loads(done.stdout.splitlines()[-1])
        bad = self.world.messages(batch["id"])["+15005550001"]
        self.assertEqual((bad["status"], bad["error"]["code"]), ("rejected", "21614"))
        self.assertEqual([post["state"] for post in self.world.posts()], ["refused", "accepted"])

    def test_a_refusal_that_is_nobodys_fault_stops_with_everything_planned(self):
        self.sim.fault(kind="opted_out", scope="bulk")
        self.world.bulk("spring", numbers(5), check=5)
        self.assertEqual(self.world.statuses("spring"), {"planned": 5})
        self.assertEqual(self.sim.bodies(), [])

    def test_unaddressable_recipients_are_failed_and_said_so(self):
        people = numbers(3)
        done = self.world.bulk("spring", [*people, "+15005550002"], check=9)
        self.assertIn("1 unaddressable", done.stderr)
        batch = json.loads(done.stdout.splitlines()[-1])
        lost = self.world.messages(batch["id"])["+15005550002"]
        self.assertEqual((lost["status"], lost["error"]["code"]), ("failed", "unaddressable"))

    def test_an_opt_out_that_shows_afterwards_is_kept(self):
        self.world.bulk("spring", [*numbers(2), "+15005550004"], check=0)
        self.assertEqual([o["number"] for o in self.home.records("optout", "list")], ["+15005550004"])

    def test_an_opt_out_after_planning_holds(self):
        people = numbers(3)
        self.sim.fault(kind="refuse_429", scope="bulk", count=4, retry_after="0")
        self.world.bulk("spring", people, check=6)
        self.home.run("optout", "add", people[1], "--reason", "asked", check=0)
        self.home.run("bulk", "resume", "spring", "-y", check=0)
        self.assertEqual(self.world.there(), {people[0]: 1, people[2]: 1})

    def test_late_visibility_is_waited_for(self):
        self.sim.fault(kind="late", scope="bulk_read", count=2)
        people = numbers(5)
        self.world.bulk("spring", people, check=0)
        self.assertTrue(self.world.posts()[0]["settled_at"])

    def test_ignored_filters_bring_nothing_of_others_in(self):
        self.world.bulk("first", numbers(5), check=0)
        self.sim.fault(kind="ignore_filters", scope="bulk_read", count=1)
        people = numbers(5, first=2500)
        self.world.bulk("second", people, check=0)
        self.assertEqual(self.world.there(), {to: 1 for to in [*numbers(5), *people]})
        second = self.world.messages(self.world.batch("second")["id"])
        self.assertEqual(set(second), set(people))
        sids = {m["to"]: m["sid"] for m in self.sim.state()["messages"]}
        self.assertEqual({to: m["provider_id"] for to, m in second.items()}, {to: sids[to] for to in people})

    def test_a_request_that_was_carried_out_twice_is_told_of_loudly(self):
        people = numbers(3)
        self.sim.fault(kind="late", scope="bulk_read", count=1000)
        self.world.bulk("spring", people, "--timeout", "300ms", check=0)
        post = self.world.posts()[0]
        self.world.post_again(people, post["tag"], post["sender"])
        self.sim.fault(kind="none")
        told = self.home.run("reconcile", "-q", "--older-than", "0s", check=0)
        self.assertIn("SENT TWICE", told.stderr)
        self.assertIn("more than once", self.world.posts()[0]["problem"])

    def test_what_was_not_read_back_in_time_is_left_to_reconcile(self):
        self.sim.fault(kind="late", scope="bulk_read", count=1000)
        people = numbers(5)
        self.world.bulk("spring", people, "--timeout", "300ms", check=0)
        self.assertEqual(self.world.statuses("spring"), {"accepted": 5})
        self.sim.fault(kind="none")
        records = self.home.records("reconcile", "--older-than", "0s", "--no-inbound")
        self.assertEqual(records[-1]["changed"], 5)
        self.assertTrue(all(m["provider_id"] for m in self.world.messages(self.world.batch("spring")["id"]).values()))


if __name__ == "__main__":
    unittest.main(verbosity=2)
