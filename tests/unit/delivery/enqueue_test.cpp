#include "core/error.hpp"
#include "core/text.hpp"
#include "delivery/enqueue.hpp"
#include "store/conversations.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/opt_outs.hpp"
#include "store/outbox.hpp"
#include "store/removals.hpp"
#include "support/builders.hpp"
#include "support/errors.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <string>

using namespace smsctl;

namespace {

struct House : test::TestStore {
    House()
    {
        set("from", "+14155550100");
        add_number("+14155550100");
    }

    void add_number(const std::string& address)
    {
        sms::Number number = test::make_number(address);
        store::Numbers(scope).insert(number);
    }

    delivery::Verdict check(const delivery::Draft& draft)
    {
        return delivery::Enqueue(scope, clock).check(draft);
    }
    void set(const std::string& name, const std::string& value)
    {
        workspace.settings[name] = value;
        scope = database.scope(workspace);
    }

    test::FakeClock clock;
};

delivery::Draft hello(const std::string& to = "+14155552671")
{
    delivery::Draft draft;
    draft.to = to;
    draft.body = "Hello";
    return draft;
}

/// The code of the error that checking `draft` throws; "" when it throws none.
std::string refusal(House& house, const delivery::Draft& draft)
{
    try {
        house.check(draft);
        return "";
    } catch (const Error& error) {
        CHECK(error.exit() == Exit::usage);
        CHECK_FALSE(error.hint().empty());
        return error.code();
    }
}

} // namespace

TEST_CASE("what is wrong with a draft is said before anything is written", "[enqueue]")
{
    House house;
    struct Case {
        const char* name;
        std::function<void(delivery::Draft&)> spoil;
        const char* code;
    };
    const auto c = GENERATE(values<Case>({
        {"no number", [](auto& d) { d.to = "hello"; }, "usage.recipient"},
        {"no such conversation", [](auto& d) { d.to = "conv_x"; }, "not_found"},
        {"nothing to send", [](auto& d) { d.body = ""; }, "usage.empty_body"},
        {"not UTF-8", [](auto& d) { d.body = "caf\xe9"; }, "usage.utf8"},
        {"a NUL", [](auto& d) { d.body = std::string("a\0b", 3); }, "usage.nul"},
        {"over 1600", [](auto& d) { d.body.assign(1601, 'x'); }, "usage.too_long"},
        {"emoji count twice",
         [](auto& d) {
             for (d.body = ""; d.body.size() < 4 * 801;)
                 d.body += "😀";
         },
         "usage.too_long"},
        {"too many segments",
         [](auto& d) {
             d.body.assign(161, 'x');
             d.max_segments = 1;
         },
         "usage.max_segments"},
        {"forced GSM-7",
         [](auto& d) {
             d.body = "漢";
             d.encoding = sms::EncodingChoice::gsm7;
         },
         "usage.not_gsm7"},
        {"media that is no URL", [](auto& d) { d.media_urls = {"cat.png"}; }, "usage.media"},
        {"eleven media",
         [](auto& d) { d.media_urls.assign(11, "https://example.com/a.png"); },
         "usage.media"},
        {"a number of somebody else",
         [](auto& d) { d.from = "+14155550199"; },
         "usage.sender_not_owned"},
        {"a sender that is none", [](auto& d) { d.from = "!"; }, "usage.sender"},
        {"to itself", [](auto& d) { d.to = "+14155550100"; }, "usage.same_number"},
    }));
    DYNAMIC_SECTION(c.name)
    {
        delivery::Draft draft = hello();
        c.spoil(draft);
        if (std::string(c.code) == "not_found")
            CHECK_THROWS_AS(house.check(draft), Error);
        else
            CHECK(refusal(house, draft) == c.code);
        CHECK(store::Messages(house.scope).count({}) == 0);
    }
}

TEST_CASE("a media message needs no text and is one segment", "[enqueue]")
{
    House house;
    delivery::Draft draft = hello();
    draft.body = "";
    draft.media_urls = {"https://example.com/a.png"};
    const auto verdict = house.check(draft);
    CHECK(verdict.message.segments == 1);
    CHECK(verdict.message.media.size() == 1);
}

TEST_CASE("the sender is the one asked for, the workspace's, or the only one", "[enqueue]")
{
    House house;
    house.add_number("+14155550101");
    delivery::Draft draft = hello();
    CHECK(house.check(draft).message.from == "+14155550100");
    draft.from = "(415) 555-0101";
    CHECK(house.check(draft).message.from == "+14155550101");
    draft.from = "MG0123456789abcdef0123456789abcdef";
    CHECK(house.check(draft).message.from.empty());
    CHECK(house.check(draft).message.messaging_service_id == draft.from);
    draft.from = "";
    house.set("from", "");
    CHECK(refusal(house, draft) == "usage.several_senders");
}

TEST_CASE("a workspace without numbers says how to get one", "[enqueue]")
{
    test::TestStore empty;
    const test::FakeClock clock;
    try {
        delivery::Enqueue(empty.scope, clock).check(hello());
        FAIL("nothing was thrown");
    } catch (const Error& error) {
        CHECK(error.code() == "usage.no_sender");
        CHECK(error.hint().find("smsctl sync numbers") != std::string::npos);
    }
}

TEST_CASE("planning commits message, outbox entry, conversation and event together", "[enqueue]")
{
    House house;
    delivery::Enqueue enqueue(house.scope, house.clock);
    auto verdict = enqueue.check(hello());
    const sms::Message message = enqueue.plan(verdict);
    CHECK(message.status == sms::Status::planned);
    CHECK(store::Outbox(house.scope).find(message.row).has_value());
    const auto conversation = store::Conversations(house.scope).by_id(message.conversation_id);
    REQUIRE(conversation);
    CHECK(conversation->message_count == 1);
    CHECK(conversation->unread_count == 0);
    CHECK(conversation->contact_address == "+14155552671");
    const auto events = store::EventLog(house.scope).list({});
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == sms::EventKind::message);
    CHECK(events[0].seq == message.seq);
}

TEST_CASE("a key is good for one content", "[enqueue]")
{
    House house;
    delivery::Enqueue enqueue(house.scope, house.clock);
    delivery::Draft draft = hello();
    draft.key = "order-42";
    auto verdict = enqueue.check(draft);
    const sms::Message first = enqueue.plan(verdict);

    SECTION("the same again is the first message")
    {
        const auto again = enqueue.check(draft);
        REQUIRE(again.replay);
        CHECK(again.replay->id == first.id);
    }
    SECTION("other content is refused")
    {
        draft.body = "Goodbye";
        CHECK(refusal(house, draft) == "usage.key_reused");
    }
    SECTION("it stays used when its message is removed")
    {
        auto late = verdict;
        late.replay.reset();
        house.database.connection().execute("UPDATE messages SET status = 'delivered'");
        {
            store::Transaction transaction = house.scope.begin();
            store::Removals(house.scope).remove({first.row}, test::noon);
            transaction.commit();
        }
        const Error error = test::error_of([&] { house.check(draft); });
        CHECK(error.code() == "blocked.duplicate");
        CHECK(error.exit() == Exit::blocked);
        CHECK_THROWS_AS(delivery::Enqueue(house.scope, house.clock).plan(late), Error);
        draft.body = "Goodbye";
        CHECK(refusal(house, draft) == "usage.key_reused");
        CHECK(store::Messages(house.scope).count({}) == 0);
    }
    SECTION("a changed default sender does not make another message of it")
    {
        house.add_number("+14155550101");
        house.set("from", "+14155550101");
        CHECK(house.check(draft).replay.has_value());
    }
    SECTION("two that checked at once plan one message")
    {
        auto late = verdict;
        late.replay.reset();
        const sms::Message same = delivery::Enqueue(house.scope, house.clock).plan(late);
        CHECK(same.id == first.id);
        CHECK(late.replay.has_value());
        CHECK(store::Messages(house.scope).count({}) == 1);
    }
}

TEST_CASE("an opt-out blocks, for the sender or the whole workspace", "[enqueue]")
{
    House house;
    const std::string ours = GENERATE("+14155550100", "");
    store::OptOuts(house.scope).add("+14155552671", ours, "STOP", house.clock.now());
    delivery::Enqueue enqueue(house.scope, house.clock);
    delivery::Draft draft = hello();
    draft.key = "order-42";
    auto verdict = enqueue.check(draft);
    REQUIRE(verdict.blocked);
    CHECK(verdict.blocked->code == "blocked.opt_out");
    const sms::Message message = enqueue.plan(verdict);
    CHECK(message.status == sms::Status::blocked);
    CHECK_FALSE(store::Outbox(house.scope).find(message.row).has_value());
    // The key is still free for when they have texted START.
    CHECK_FALSE(store::Messages(house.scope).by_key("order-42").has_value());
}

TEST_CASE("an opt-out from one sender does not stop another", "[enqueue]")
{
    House house;
    store::OptOuts(house.scope).add("+14155552671", "+14155550177", "STOP", house.clock.now());
    CHECK_FALSE(house.check(hello()).blocked.has_value());
}

TEST_CASE("quiet hours are the recipient's", "[enqueue]")
{
    House house; // 10:11 UTC on 2 March: night in California, morning in Berlin
    house.set("quiet-hours", "21:00-08:00");
    const auto blocked = house.check(hello("+14155552671")).blocked;
    REQUIRE(blocked);
    CHECK(blocked->code == "blocked.quiet_hours");
    CHECK_FALSE(house.check(hello("+4915123456789")).blocked.has_value());
}

TEST_CASE("a message that was planned but not sent is held to the quiet hours too", "[enqueue]")
{
    House house;
    delivery::Draft draft = hello("+14155552671");
    draft.key = "order-42";
    delivery::Verdict verdict = house.check(draft);
    sms::Message planned = delivery::Enqueue(house.scope, house.clock).plan(verdict);
    house.set("quiet-hours", "21:00-08:00");
    verdict = house.check(draft);
    CHECK(verdict.blocked.has_value());
    CHECK_FALSE(verdict.replay.has_value());

    planned.status = sms::Status::queued; // what went is told again at any hour
    store::Messages(house.scope).update(planned);
    verdict = house.check(draft);
    CHECK_FALSE(verdict.blocked.has_value());
    CHECK(verdict.replay.has_value());
}

TEST_CASE("several messages are planned together or not at all", "[enqueue]")
{
    House house;
    std::vector<delivery::Verdict> verdicts{house.check(hello("+14155552671")),
                                            house.check(hello("+4915123456789"))};
    house.database.connection().execute(
        "CREATE TRIGGER one_only BEFORE INSERT ON outbox WHEN EXISTS (SELECT 1 FROM outbox) "
        "BEGIN SELECT RAISE(ABORT, 'full'); END");
    delivery::Enqueue enqueue(house.scope, house.clock);
    CHECK_THROWS_AS(enqueue.plan_all(verdicts), Error);
    CHECK(store::Messages(house.scope).count({}) == 0);
    house.database.connection().execute("DROP TRIGGER one_only");
    enqueue.plan_all(verdicts);
    CHECK(store::Messages(house.scope).count({}) == 2);
    CHECK(verdicts.back().message.row != 0);
}

TEST_CASE("the daily cap counts what was planned today", "[enqueue]")
{
    House house;
    house.set("segment-price", "0.01");
    house.set("daily-cap", "0.02");
    delivery::Enqueue enqueue(house.scope, house.clock);
    for (int i = 0; i < 2; ++i) {
        auto verdict = enqueue.check(hello());
        REQUIRE_FALSE(verdict.blocked.has_value());
        CHECK(verdict.estimated_price_micros == 10'000);
        enqueue.plan(verdict);
    }
    const auto verdict = enqueue.check(hello());
    REQUIRE(verdict.blocked);
    CHECK(verdict.blocked->code == "blocked.daily_cap");
    house.clock.step(std::chrono::hours(24));
    CHECK_FALSE(house.check(hello()).blocked.has_value());
}

TEST_CASE("a conversation or contact is a recipient", "[enqueue]")
{
    House house;
    house.add_number("+14155550101");
    store::Contacts contacts(house.scope);
    const auto ann = contacts.find_or_create("+14155552671", "Ann", house.clock.now());
    const auto conversation = store::Conversations(house.scope)
                                  .find_or_create(ann.row, "+14155550101", house.clock.now());
    CHECK(house.check(hello("Ann")).message.to == "+14155552671");
    CHECK(house.check(hello(ann.id)).message.to == "+14155552671");
    const auto verdict = house.check(hello(conversation.id));
    CHECK(verdict.message.to == "+14155552671");
    CHECK(verdict.message.from == "+14155550101");
}
