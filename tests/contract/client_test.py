"""Debian's python3-twilio against `smsctl sim`: what the official client takes for Twilio."""

import datetime
import os
import stat
import unittest
from decimal import Decimal

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator import Program, SimulatorTest, wait_until



class Messages(SimulatorTest):
    def test_create_and_fetch(self):
        made = self.send(body="grüße 😀")
        self.assertRegex(made.sid, "^SM[0-9a-f]{32}$")
        self.assertEqual(made.status, "queued")
        self.assertEqual(made.direction, "outbound-api")
        self.assertIsNone(made.date_sent)
        self.assertIsNone(made.price)
        self.assertIsNone(made.error_code)
        self.assertEqual(made.num_segments, "1")
        self.assertEqual(made.date_created.tzinfo.utcoffset(None), datetime.timedelta(0))

        done = self.wait_for(made.sid, "delivered")
        self.assertEqual(done.body, "grüße 😀")
        self.assertEqual(Decimal(done.price), Decimal("-0.0079"))
        self.assertEqual(done.price_unit, "USD")
        self.assertIsInstance(done.date_sent, datetime.datetime)

    def test_failures_after_the_create(self):
        for ending, status in (("30003", "undelivered"), ("30008", "failed")):
            with self.subTest(ending):
                made = self.send(to="+141555" + ending)
                done = self.wait_for(made.sid, status)
                self.assertEqual(done.error_code, int(ending))
                self.assertTrue(done.error_message)

    def test_media(self):
        made = self.send(media_url=["https://x.test/a.png", "https://x.test/b.gif"])
        self.assertRegex(made.sid, "^MM[0-9a-f]{32}$")
        self.assertEqual(made.num_media, "2")
        media = self.client.messages(made.sid).media.list()
        self.assertEqual([each.content_type for each in media], ["image/png", "image/gif"])
        fetched = self.client.messages(made.sid).media(media[0].sid).fetch()
        self.assertEqual(fetched.parent_sid, made.sid)

    def test_messaging_service(self):
        made = self.send(messaging_service_sid=self.service)
        self.assertEqual(made.status, "accepted")
        self.assertIsNone(made.from_)
        self.assertEqual(made.num_segments, "0")
        done = self.wait_for(made.sid, "delivered")
        self.assertEqual(done.from_, self.sender)
        self.assertEqual(done.messaging_service_sid, self.service)

    def test_list_with_paging(self):
        made = [self.send(body=f"number {i}").sid for i in range(7)]
        other = self.send(to="+14155552672").sid
        for sid in made + [other]:
            self.wait_for(sid, "delivered")

        def sids(**more):
            return [each.sid for each in self.client.messages.list(**more)]

        self.assertEqual(sorted(sids(page_size=3)), sorted(made + [other]))
        self.assertEqual(sids(to="+14155552671", page_size=2), made[::-1])
        self.assertEqual(sids(to="+14155552672"), [other])
        self.assertEqual(len(sids(limit=5, page_size=2)), 5)
        self.assertEqual(sids(from_="+14155550100"), [])

        first = self.client.messages.page(page_size=3)
        second = first.next_page()
        self.assertEqual([each.sid for each in second.previous_page()],
                         [each.sid for each in self.client.messages.page(page_size=3)])

    def test_list_by_date(self):
        sid = self.send().sid
        sent = self.wait_for(sid, "delivered").date_sent
        day = sent.date()
        one = datetime.timedelta(days=1)
        second = datetime.timedelta(seconds=1)

        def found(**more):
            return [each.sid for each in self.client.messages.list(**more)] == [sid]

        self.assertTrue(found(date_sent=day))
        self.assertFalse(found(date_sent=day - one))
        self.assertTrue(found(date_sent_after=day))
        self.assertFalse(found(date_sent_after=day + one))
        self.assertTrue(found(date_sent_before=day + one))
        self.assertFalse(found(date_sent_before=day - one))
        self.assertTrue(found(date_sent_after=sent, date_sent_before=sent))
        self.assertFalse(found(date_sent_after=sent + second))
        self.assertTrue(found(date_sent_after=day - one, date_sent_before=day + one))

    def test_redact_and_delete(self):
        sid = self.send(body="a secret").sid
        self.wait_for(sid, "delivered")
        self.assertEqual(self.client.messages(sid).update(body="").body, "")
        self.assertEqual(self.client.messages(sid).fetch().body, "")
        self.assertTrue(self.client.messages(sid).delete())
        with self.assertRaises(TwilioRestException) as caught:
            self.client.messages(sid).fetch()
        self.assertEqual((caught.exception.status, caught.exception.code), (404, 20404))
        self.assertEqual(self.client.messages.list(), [])

    def test_schedule_and_cancel(self):
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        made = self.send(messaging_service_sid=self.service, schedule_type="fixed", send_at=later)
        self.assertEqual(made.status, "scheduled")
        self.assertEqual(self.client.messages(made.sid).update(status="canceled").status,
                         "canceled")
        with self.assertRaises(TwilioRestException) as caught:
            self.client.messages(made.sid).update(status="canceled")
        self.assertEqual((caught.exception.status, caught.exception.code), (409, 30409))


    def test_media_content_and_delete(self):
        self.control("/sim/inbound", From="+14155552671", To=self.sender, Body="look",
                     MediaUrl="data:image/png;base64,aGk=")
        inbound = self.client.messages.list()[0]
        medium = self.client.messages(inbound.sid).media.list()[0]
        self.assertEqual(medium.content_type, "image/png")
        content = self.get(medium.uri.removesuffix(".json"))
        self.assertEqual([each.status_code for each in content.history], [307])
        self.assertEqual((content.content, content.headers["Content-Type"]), (b"hi", "image/png"))
        self.assertTrue(self.client.messages(inbound.sid).media(medium.sid).delete())
        self.assertEqual(self.client.messages(inbound.sid).media.list(), [])

    def test_feedback(self):
        sid = self.send(provide_feedback=True).sid
        feedback = self.client.messages(sid).feedback.create(outcome="confirmed")
        self.assertEqual((feedback.message_sid, feedback.outcome), (sid, "confirmed"))


class SlowMessages(SimulatorTest):
    arguments = ("--speed", "0.001")

    def test_what_is_in_flight_cannot_be_deleted(self):
        sid = self.send().sid
        with self.assertRaises(TwilioRestException) as caught:
            self.client.messages(sid).delete()
        self.assertEqual((caught.exception.status, caught.exception.code), (409, 20009))


class Numbers(SimulatorTest):
    def test_list_and_filter(self):
        numbers = self.client.incoming_phone_numbers.list(page_size=1)
        self.assertEqual([each.phone_number for each in numbers], self.program.ready["numbers"])
        self.assertGreater(len({str(each.capabilities) for each in numbers}), 1)
        found = self.client.incoming_phone_numbers.list(phone_number="+1415555*100")
        self.assertEqual([each.phone_number for each in found], ["+14155550100"])

    def test_update(self):
        sid = self.client.incoming_phone_numbers.list()[0].sid
        number = self.client.incoming_phone_numbers(sid)
        changed = number.update(sms_url="http://127.0.0.1:8787/", sms_method="POST",
                                friendly_name="Desk")
        self.assertEqual(changed.sms_url, "http://127.0.0.1:8787/")
        self.assertEqual(number.fetch().friendly_name, "Desk")
        self.assertEqual(number.update(sms_url="").sms_url, "")
        with self.assertRaises(TwilioRestException) as caught:
            number.update(sms_url="nowhere")
        self.assertEqual((caught.exception.status, caught.exception.code), (400, 21402))


    def test_buy_and_release(self):
        bought = self.client.incoming_phone_numbers.create(area_code="212", friendly_name="New")
        self.assertEqual((bought.phone_number, bought.friendly_name), ("+12125550100", "New"))
        self.assertTrue(self.client.incoming_phone_numbers(bought.sid).delete())
        with self.assertRaises(TwilioRestException) as caught:
            self.client.incoming_phone_numbers(bought.sid).fetch()
        self.assertEqual((caught.exception.status, caught.exception.code), (404, 20404))


class Calls(SimulatorTest):
    def test_list_and_fetch(self):
        for status, seconds in (("completed", "61"), ("busy", "0")):
            self.control("/sim/calls", From="+14155552671", To=self.sender, Status=status,
                         Duration=seconds)
        calls = self.client.calls.list(page_size=1)
        self.assertEqual(len(calls), 2)
        [call] = self.client.calls.list(status="completed", to=self.sender)
        self.assertEqual((call.duration, call.direction), ("61", "inbound"))
        self.assertEqual(self.client.calls(call.sid).fetch().price, "-0.02800")
        later = call.start_time + datetime.timedelta(days=1)
        self.assertEqual(self.client.calls.list(start_time_after=later), [])


class Services(SimulatorTest):
    def test_services_and_their_senders(self):
        service = self.client.messaging.v1.services.create(
            friendly_name="Shop", inbound_request_url="http://127.0.0.1:1/in")
        services = self.client.messaging.v1.services
        self.assertEqual([each.sid for each in services.list(page_size=1)],
                         [self.service, service.sid])
        changed = services(service.sid).update(sticky_sender=False, validity_period=60)
        self.assertEqual((changed.sticky_sender, changed.validity_period), (False, 60))
        self.assertEqual(services(service.sid).fetch().friendly_name, "Shop")

        senders = services(self.service).phone_numbers.list(page_size=2)
        self.assertEqual(len(senders), 3)
        moved = senders[1]
        with self.assertRaises(TwilioRestException) as caught:
            services(service.sid).phone_numbers.create(phone_number_sid=moved.sid)
        self.assertEqual(caught.exception.code, 21712)
        self.assertTrue(services(self.service).phone_numbers(moved.sid).delete())
        added = services(service.sid).phone_numbers.create(phone_number_sid=moved.sid)
        self.assertEqual(added.phone_number, moved.phone_number)
        self.assertEqual(services(service.sid).phone_numbers(moved.sid).fetch().country_code, "US")
        made = self.send(messaging_service_sid=service.sid)
        self.assertEqual(self.wait_for(made.sid, "delivered").from_, moved.phone_number)
        self.assertTrue(services(service.sid).delete())


class Alerts(SimulatorTest):
    def test_an_application_that_is_not_there(self):
        number = self.client.incoming_phone_numbers.list()[0]
        number.update(sms_url="http://127.0.0.1:1/in")
        self.control("/sim/inbound", From="+14155552671", To=self.sender, Body="hi")
        alert = wait_until(lambda: self.client.monitor.v1.alerts.list(log_level="error"),
                           "an alert")[0]
        self.assertEqual((alert.error_code, alert.request_url), ("11205", "http://127.0.0.1:1/in"))
        fetched = self.client.monitor.v1.alerts(alert.sid).fetch()
        self.assertEqual(fetched.response_body, "")


class Account(SimulatorTest):
    def test_account_and_balance(self):
        account = self.client.api.accounts(self.account_sid).fetch()
        self.assertEqual(account.status, "active")
        self.assertEqual(account.owner_account_sid, self.account_sid)
        balance = self.client.api.accounts(self.account_sid).balance.fetch()
        self.assertEqual(balance.currency, "USD")
        Decimal(balance.balance)

    def test_credentials(self):
        self.client = Client(self.account_sid, "wrong", http_client=self.http)
        with self.assertRaises(TwilioRestException) as caught:
            self.send()
        self.assertEqual((caught.exception.status, caught.exception.code), (401, 20003))

    def test_api_key(self):
        self.client = Client("SK" + "0" * 32, self.auth_token, self.account_sid,
                             http_client=self.http)
        self.assertEqual(self.send().status, "queued")


class Errors(SimulatorTest):
    def refused(self, **fields):
        with self.assertRaises(TwilioRestException) as caught:
            self.client.messages.create(**fields)
        return caught.exception.status, caught.exception.code

    def test_magic_numbers(self):
        good = {"to": "+14155552671", "from_": "+15005550006", "body": "hello"}
        for fields, status, code in (
                ({"from_": "+15005550001"}, 400, 21212),
                ({"from_": "+15005550007"}, 400, 21606),
                ({"from_": "+15005550008"}, 429, 21611),
                ({"from_": "+14155559999"}, 400, 21606),
                ({"to": "+15005550001"}, 400, 21211),
                ({"to": "+15005550002"}, 400, 21612),
                ({"to": "+15005550003"}, 400, 21408),
                ({"to": "+15005550004"}, 400, 21610),
                ({"to": "+15005550009"}, 400, 21614),
                ({"body": ""}, 400, 21602),
                ({"body": "x" * 1601}, 400, 21617),
                ({"media_url": ["nowhere"]}, 400, 21620),
                ({"status_callback": "nowhere"}, 400, 21609)):
            with self.subTest(code=code, **fields):
                self.assertEqual(self.refused(**{**good, **fields}), (status, code))
        self.assertEqual(self.state()["creates"], [])

    def test_missing(self):
        self.assertEqual(self.refused(to="+14155552671", body="hello"), (400, 21603))
        self.assertEqual(self.refused(to="", from_="+15005550006", body="hello"), (400, 21604))

    def test_opt_out(self):
        self.control("/sim/inbound", From="+14155552671", To=self.sender, Body="STOP")
        self.assertEqual(
            self.refused(to="+14155552671", from_=self.sender, body="hello"), (400, 21610))

    def test_faults(self):
        good = {"to": "+14155552671", "from_": "+15005550006", "body": "hello"}
        self.control("/sim/faults", kind="refuse_429")
        self.assertEqual(self.refused(**good), (429, 20429))
        self.control("/sim/faults", kind="error_500_after")
        self.assertEqual(self.refused(**good), (500, 20500))
        self.assertEqual(len(self.state()["creates"]), 1)

    def test_unknown_message(self):
        with self.assertRaises(TwilioRestException) as caught:
            self.client.messages("SM" + "0" * 32).fetch()
        self.assertEqual((caught.exception.status, caught.exception.code), (404, 20404))
        self.assertIn("was not found", caught.exception.msg)

    def test_request_id(self):
        self.send()
        self.assertRegex(self.http.last.headers["Twilio-Request-Id"], "^RQ[0-9a-f]{32}$")


class ReadyFile(unittest.TestCase):
    def test_ready_file_and_end(self):
        program = Program("sim", "--seed", "7")
        self.addCleanup(program.end)
        self.assertEqual(stat.S_IMODE(os.stat(program.ready_file).st_mode), 0o600)
        self.assertEqual(
            sorted(program.ready),
            ["account_sid", "addr", "auth_token", "messaging_service_sid", "numbers", "pid", "url"])
        self.assertEqual(program.ready["pid"], program.process.pid)
        self.assertEqual(program.output(), "")
        self.assertIn(program.ready["url"], program.said())
        self.assertEqual(program.end(), 0)


if __name__ == "__main__":
    unittest.main()
