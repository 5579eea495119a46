#include "core/error.hpp"
#include "delivery/checks.hpp"
#include "delivery/recorder.hpp"
#include "http/form.hpp"
#include "store/conversations.hpp"
#include "store/opt_outs.hpp"
#include "store/outbox.hpp"
#include "support/errors.hpp"
#include "unit/delivery/delivery_house.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>

using namespace smsctl;
using std::chrono::hours;
using std::chrono::minutes;
using test::accept;
using test::refuse;

namespace {

const std::string service = "MG0123456789abcdef0123456789abcdef";

struct House : test::DeliveryHouse {
    delivery::Draft later(Millis ahead, const std::string& key = "") const
    {
        delivery::Draft made = draft(key);
        made.at = clock.now() + ahead;
        return made;
    }
    delivery::Draft held(Millis ahead, const std::string& key = "") const
    {
        delivery::Draft made = later(ahead, key);
        made.from = service;
        return made;
    }
    std::optional<store::OutboxEntry> entry(const sms::Message& message)
    {
        return store::Outbox(scope).find(message.row);
    }
    void stop_texting(const std::string& address)
    {
        store::OptOuts(scope).add(address, "", "STOP", clock.now());
    }
};

/// Accepts whatever comes, each under an id of its own.
struct FarEnd {
    std::atomic<int> count = 0;
    test::LoopbackServer server{
        [this](const auto&) { return accept(fmt::format("SM{:032}", ++count)); }};
    std::string url() const { return server.url(""); }
};

} // namespace

TEST_CASE("a message for later waits in nobody's hand and goes once, at its time", "[schedule]")
{
    House house;
    FarEnd far_end;
    const sms::Message message = house.plan(house.later(hours(2)));
    CHECK(message.status == sms::Status::planned);
    CHECK(house.stored(message).scheduled_at == house.clock.now() + hours(2));
    REQUIRE(house.entry(message));
    CHECK(house.entry(message)->is_scheduled);
    CHECK(house.entry(message)->owner.empty());
    CHECK(house.entry(message)->due_at == message.scheduled_at);

    house.clock.step(hours(2) - Millis(1));
    CHECK(house.dispatch(far_end.url()).empty());
    house.clock.step(Millis(1));
    const auto settled = house.dispatch(far_end.url());
    REQUIRE(settled.size() == 1);
    CHECK(settled.front().message.status == sms::Status::queued);
    CHECK(house.dispatch(far_end.url()).empty());
    CHECK(far_end.count == 1);
    CHECK_FALSE(house.entry(message));
}

TEST_CASE("the provider holds what a Messaging Service sends 15 minutes to 35 days ahead",
          "[schedule]")
{
    struct Row {
        const char* name;
        const char* from;
        Millis ahead;
        bool waits_here;
    };
    const Row row =
        GENERATE(values<Row>({{"a number", "", hours(1), true},
                              {"too soon", service.c_str(), minutes(15) - Millis(1), true},
                              {"just far enough", service.c_str(), minutes(15), false},
                              {"at most", service.c_str(), hours(24) * 35, false},
                              {"too far", service.c_str(), hours(24) * 35 + Millis(1), true}}));
    DYNAMIC_SECTION(row.name)
    {
        House house;
        delivery::Draft draft = house.later(row.ahead);
        draft.from = row.from;
        const auto verdict = house.check(draft);
        CHECK(verdict.waits_until == (row.waits_here ? std::optional(*draft.at) : std::nullopt));
        const auto entry = house.entry(house.plan(draft)).value();
        CHECK(entry.is_scheduled == row.waits_here);
        CHECK(entry.owner.empty() == row.waits_here);
        CHECK(entry.due_at == (row.waits_here ? *draft.at : house.clock.now()));
        CHECK(entry.send_at == (row.waits_here ? std::nullopt : std::optional(*draft.at)));
    }
}

TEST_CASE("what the provider is to hold is submitted at once, with its time", "[schedule]")
{
    House house;
    test::LoopbackServer server(
        [](const auto&) { return accept(test::accepted_sid, "scheduled"); });
    const sms::Message message = house.plan(house.held(hours(1)));
    const auto settled = house.submit(server.url(""), message);
    CHECK(settled.message.status == sms::Status::scheduled);
    REQUIRE(server.requests().size() == 1);
    const http::Form form = http::decode_form(server.requests().front().body);
    CHECK(http::first(form, "ScheduleType") == "fixed");
    CHECK(http::first(form, "SendAt") == "2026-03-02T11:11:12Z");
    house.clock.step(hours(2));
    CHECK(house.dispatch(server.url("")).empty());
}

TEST_CASE("what has become too soon for the provider waits here", "[schedule]")
{
    House house;
    FarEnd far_end;
    const sms::Message message = house.plan(house.held(minutes(16)));
    house.clock.step(minutes(2));
    const auto settled = house.submit(far_end.url(), message);
    CHECK(settled.waits_until == message.scheduled_at);
    CHECK(settled.message.status == sms::Status::planned);
    CHECK(house.entry(message)->is_scheduled);
    CHECK(house.entry(message)->owner.empty());
    CHECK(far_end.count == 0);
    house.clock.step(minutes(14));
    CHECK(house.dispatch(far_end.url()).size() == 1);
    CHECK(http::first(http::decode_form(far_end.server.requests().front().body), "SendAt").empty());
}

TEST_CASE("a time in the past is refused, unless the message of then is told again", "[schedule]")
{
    House house;
    CHECK(test::error_of([&] { house.check(house.later(Millis(0))); }).code() == "usage.past");
    const delivery::Draft draft = house.later(hours(1), "k");
    const sms::Message first = house.plan(draft);
    house.clock.step(hours(2));
    const auto again = house.check(draft);
    REQUIRE(again.replay);
    CHECK(again.replay->id == first.id);
    CHECK(again.waits_until == first.scheduled_at);
}

TEST_CASE("quiet hours are judged at the time a message is to leave", "[schedule]")
{
    House house; // 10:11 UTC: night in the whole of the United States
    house.set("quiet-hours", "21:00-08:00");
    CHECK(house.check(house.later(hours(1))).blocked->code == "blocked.quiet_hours");
    CHECK_FALSE(house.check(house.later(hours(11))).blocked);
    delivery::Draft morning = house.later(hours(1));
    morning.to = "+4915123456789";
    CHECK_FALSE(house.check(morning).blocked);
    morning.at = house.clock.now() + hours(11);
    CHECK(house.check(morning).blocked);
}

TEST_CASE("quiet hours put a message off until they end, where that was asked for", "[schedule]")
{
    House house;
    FarEnd far_end;
    house.set("quiet-hours", "21:00-08:00");
    delivery::Draft draft = house.draft();
    draft.on_block = sms::OnBlock::defer;
    const Millis ahead = GENERATE(Millis(0), Millis(hours(1)));
    if (ahead > Millis(0))
        draft.at = house.clock.now() + ahead;
    delivery::Verdict verdict = house.check(draft);
    CHECK_FALSE(verdict.blocked);
    REQUIRE(verdict.waits_until);
    const Instant end = *verdict.waits_until;
    CHECK(verdict.message.scheduled_at == end);
    const auto is_quiet = [&](Instant at) {
        return delivery::quiet_hours_verdict(house.workspace, draft.to, "", at).has_value();
    };
    CHECK(is_quiet(end - Millis(1)));
    CHECK_FALSE(is_quiet(end));

    delivery::Enqueue(house.scope, house.clock).plan(verdict);
    CHECK(house.dispatch(far_end.url()).empty());
    house.clock.step(end - house.clock.now());
    CHECK(house.dispatch(far_end.url()).size() == 1);
}

TEST_CASE("opt-outs and the daily cap put nothing off: they block", "[schedule]")
{
    House house;
    delivery::Draft draft = house.draft();
    draft.on_block = sms::OnBlock::defer;
    SECTION("opted out")
    {
        house.stop_texting(draft.to);
        CHECK(house.check(draft).blocked->code == "blocked.opt_out");
    }
    SECTION("over the cap, in quiet hours too")
    {
        house.set("segment-price", "0.01");
        house.set("daily-cap", "0.005");
        if (GENERATE(true, false))
            house.set("quiet-hours", "21:00-08:00");
        const auto verdict = house.check(draft);
        CHECK(verdict.blocked->code == "blocked.daily_cap");
        CHECK_FALSE(verdict.waits_until);
    }
}

TEST_CASE("who stopped us between plan and time is not texted", "[schedule]")
{
    House house;
    FarEnd far_end;
    const sms::Message message = house.plan(house.later(hours(1)));
    house.stop_texting(message.to);
    house.clock.step(hours(1));
    const auto settled = house.dispatch(far_end.url());
    REQUIRE(settled.size() == 1);
    CHECK(settled.front().message.status == sms::Status::blocked);
    CHECK(settled.front().message.failure->code == "blocked.opt_out");
    CHECK(far_end.count == 0);
    CHECK_FALSE(house.entry(message));
}

TEST_CASE("a dispatch that is late does not wake anybody", "[schedule]")
{
    House house;
    FarEnd far_end;
    house.set("quiet-hours", "21:00-08:00");
    const sms::Message message = house.plan(house.later(hours(11))); // by day
    house.clock.step(hours(24));                                     // at night
    CHECK(house.dispatch(far_end.url()).empty());
    const Instant due = house.entry(message)->due_at;
    CHECK(due > house.clock.now());
    house.clock.step(due - house.clock.now());
    CHECK(house.dispatch(far_end.url()).size() == 1);
}

TEST_CASE("a key that names a waiting message tells of it and moves nothing", "[schedule]")
{
    House house;
    const sms::Message first = house.plan(house.later(hours(2), "k"));
    const bool says_when = GENERATE(true, false);
    const delivery::Draft again = says_when ? house.later(hours(1), "k") : house.draft("k");
    delivery::Verdict verdict = house.check(again);
    REQUIRE(verdict.replay);
    const sms::Message told = delivery::Enqueue(house.scope, house.clock).plan(verdict);
    CHECK(told.id == first.id);
    CHECK(verdict.waits_until == first.scheduled_at);
    CHECK(house.stored(first).scheduled_at == first.scheduled_at);
    CHECK(house.entry(first)->due_at == first.scheduled_at);
}

TEST_CASE("a message that never left goes when the command that asks for it again says",
          "[schedule]")
{
    House house;
    const std::string nobody = fmt::format("http://127.0.0.1:{}", test::closed_port());
    const bool was_for_later = GENERATE(true, false);
    CAPTURE(was_for_later);
    delivery::Draft draft = was_for_later ? house.held(hours(1), "k") : house.draft("k");
    draft.from = service;
    const sms::Message first = house.plan(draft);
    REQUIRE(house.submit(nobody, first).message.status == sms::Status::planned);
    CHECK_FALSE(house.entry(first)->is_scheduled);

    SECTION("later, held by the provider")
    {
        draft.at = house.clock.now() + hours(3);
        delivery::Verdict verdict = house.check(draft);
        CHECK_FALSE(verdict.waits_until);
        delivery::Enqueue(house.scope, house.clock).plan(verdict);
        CHECK(house.stored(first).scheduled_at == draft.at);
        CHECK(house.entry(first)->send_at == draft.at);
        test::LoopbackServer server(
            [](const auto&) { return accept(test::accepted_sid, "scheduled"); });
        CHECK(house.submit(server.url(""), first).message.status == sms::Status::scheduled);
    }
    SECTION("soon, waiting here")
    {
        draft.at = house.clock.now() + minutes(5);
        delivery::Verdict verdict = house.check(draft);
        CHECK(verdict.waits_until == draft.at);
        delivery::Enqueue(house.scope, house.clock).plan(verdict);
        CHECK(house.entry(first)->is_scheduled);
        CHECK(house.entry(first)->due_at == draft.at);
    }
    SECTION("at once")
    {
        draft.at.reset();
        CHECK_FALSE(house.stored(house.plan(draft)).scheduled_at);
        CHECK_FALSE(house.entry(first)->send_at);
    }
    SECTION("in the past")
    {
        draft.at = house.clock.now() - minutes(1);
        CHECK(test::error_of([&] { house.check(draft); }).code() == "usage.past");
    }
    CHECK(store::Messages(house.scope).count({}) == 1);
}

TEST_CASE("what was told as not sent without a key never goes, though it was for later",
          "[schedule]")
{
    House house;
    const std::string nobody = fmt::format("http://127.0.0.1:{}", test::closed_port());
    const auto settled = house.submit(nobody, house.plan(house.held(hours(1))));
    CHECK(settled.message.status == sms::Status::failed);
    CHECK_FALSE(house.entry(settled.message));
}

TEST_CASE("what is due and could not be sent goes with the next dispatch", "[schedule]")
{
    House house;
    FarEnd far_end;
    const sms::Message message = house.plan(house.later(hours(1)));
    house.clock.step(hours(1));
    SECTION("nobody there")
    {
        const auto settled =
            house.dispatch(fmt::format("http://127.0.0.1:{}", test::closed_port()));
        REQUIRE(settled.size() == 1);
        CHECK(settled.front().error);
    }
    SECTION("credentials refused")
    {
        test::LoopbackServer server([](const auto&) { return refuse(401, 20003); });
        const auto settled = house.dispatch(server.url(""));
        REQUIRE(settled.size() == 1);
        CHECK(server.requests().size() == 1);
    }
    CHECK(house.stored(message).status == sms::Status::planned);
    CHECK(house.dispatch(far_end.url()).size() == 1);
    CHECK(house.stored(message).status == sms::Status::queued);
    CHECK(far_end.count == 1);
}

TEST_CASE("a dispatch takes no more than it may", "[schedule]")
{
    House house;
    for (int i = 0; i < 5; ++i)
        house.plan(house.later(hours(1)));
    house.clock.step(hours(1));
    SECTION("of those that go")
    {
        FarEnd far_end;
        CHECK(house.dispatch(far_end.url(), 2).size() == 2);
        CHECK(far_end.count == 2);
        CHECK(house.dispatch(far_end.url(), 0).size() == 3);
    }
    SECTION("another try is no other message")
    {
        std::atomic<int> calls = 0;
        test::LoopbackServer server(
            [&](const auto&) { return ++calls < 3 ? refuse(429, 20429) : accept(); });
        const auto settled = house.dispatch(server.url(""), 1);
        REQUIRE(settled.size() == 1);
        CHECK(settled.front().message.status == sms::Status::queued);
        CHECK(calls == 3);
    }
    SECTION("one that is blocked counts")
    {
        FarEnd far_end;
        house.stop_texting(house.draft().to);
        CHECK(house.dispatch(far_end.url(), 2).size() == 2);
        CHECK(house.dispatch(far_end.url(), 2).size() == 2);
        CHECK(house.dispatch(far_end.url(), 2).size() == 1);
    }
}

TEST_CASE("a process that died over scheduled messages leaves them to the next dispatch",
          "[schedule]")
{
    House house;
    FarEnd far_end;
    const sms::Message waiting = house.plan(house.later(hours(1)));
    const sms::Message in_air = house.plan(house.later(hours(1)));
    house.clock.step(hours(1));
    {
        store::Transaction transaction = house.scope.begin();
        for (const sms::Message& message : {waiting, in_air})
            store::Outbox(house.scope)
                .claim(message.row, message.row, "gone", house.clock.now() + minutes(5));
        store::Messages(house.scope).set_submitting(in_air.row, in_air.row, house.clock.now());
        transaction.commit();
    }
    CHECK(house.dispatch(far_end.url()).empty());
    house.clock.step(minutes(6));
    CHECK(delivery::settle_abandoned(house.scope, house.clock) == 1);
    CHECK(house.stored(in_air).status == sms::Status::in_doubt);
    const auto settled = house.dispatch(far_end.url());
    REQUIRE(settled.size() == 1);
    CHECK(settled.front().message.id == waiting.id);
}
