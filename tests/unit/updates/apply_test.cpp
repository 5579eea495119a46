#include "store/conversations.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/opt_outs.hpp"
#include "support/builders.hpp"
#include "support/fake_clock.hpp"
#include "updates/apply.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;

namespace {

struct House : test::TestStore {
    void add_outbound(const std::string& provider_id, sms::Status status)
    {
        sms::Message message = test::make_message();
        message.provider_id = provider_id;
        message.status = status;
        test::store_message(scope, message);
    }
    updates::Applied apply(const providers::InboundMessage& inbound)
    {
        return updates::Updates(scope, clock).apply(inbound, sms::EventSource::callback, "raw");
    }
    updates::Applied report(const std::string& word, const std::string& code = "")
    {
        providers::StatusReport report;
        report.provider_id = "SM1";
        report.status_word = word;
        report.status = sms::parse_status(word);
        if (!code.empty())
            report.failure = sms::Failure{code, "why"};
        clock.step(Millis(1));
        return updates::Updates(scope, clock).apply(report, sms::EventSource::callback, "raw");
    }
    sms::Message message() { return store::Messages(scope).by_provider_id("SM1").value(); }

    test::FakeClock clock;
};

providers::InboundMessage text(const std::string& body)
{
    providers::InboundMessage inbound;
    inbound.provider_id = "SM9";
    inbound.from = "+14155552671";
    inbound.to = "+14155550100";
    inbound.body = body;
    inbound.segments = 1;
    inbound.keyword = sms::keyword(body);
    return inbound;
}

} // namespace

TEST_CASE("a text bears the seq of its event, though newer events were removed", "[updates]")
{
    House house;
    house.apply(text("first"));
    house.database.connection().execute("DELETE FROM events");
    providers::InboundMessage second = text("second");
    second.provider_id = "SM10";
    const updates::Applied applied = house.apply(second);
    CHECK(applied.message->seq == applied.event.seq);
    CHECK(store::Messages(house.scope).by_provider_id("SM10")->seq == applied.event.seq);
    CHECK(applied.event.seq > 1);
}

TEST_CASE("a text from a stranger makes a contact, a conversation and an unread message",
          "[updates]")
{
    House house;
    const auto applied = house.apply(text("Hello"));
    REQUIRE(applied.message);
    CHECK(applied.event.kind == sms::EventKind::message);
    CHECK(applied.message->status == sms::Status::received);
    const auto conversations = store::Conversations(house.scope).list(false, 0);
    REQUIRE(conversations.size() == 1);
    CHECK(conversations[0].contact_name == "Unknown (+14155552671)");
    CHECK(conversations[0].unread_count == 1);
    CHECK(conversations[0].status == sms::ConversationStatus::open);
    CHECK(conversations[0].last_message_body == "Hello");
}

TEST_CASE("the same text again changes nothing and is kept as an event", "[updates]")
{
    House house;
    const auto first = house.apply(text("Hello"));
    const auto again = house.apply(text(GENERATE("Hello", "another text")));
    CHECK(again.event.kind == sms::EventKind::unchanged);
    CHECK(store::Messages(house.scope).count({}) == 1);
    CHECK(again.message->body == "Hello");
    CHECK(again.message->seq == first.message->seq);
    CHECK(store::Conversations(house.scope).list(false, 0).at(0).unread_count == 1);
    CHECK(store::EventLog(house.scope).list({}).size() == 2);
}

TEST_CASE("STOP blocks this sender, START frees it again", "[updates]")
{
    House house;
    house.apply(text("stop"));
    store::OptOuts opt_outs(house.scope);
    CHECK(opt_outs.find("+14155552671", "+14155550100").has_value());
    CHECK_FALSE(opt_outs.find("+14155552671", "+14155550101").has_value());
    auto start = text("START");
    start.provider_id = "SM10";
    house.apply(start);
    CHECK_FALSE(opt_outs.find("+14155552671", "+14155550100").has_value());
}

TEST_CASE("STOP to a messaging service blocks it too, and START frees it", "[updates]")
{
    House house;
    const std::string service = "MG00000000000000000000000000000001";
    auto stop = text("STOP");
    stop.messaging_service_id = service;
    const auto applied = house.apply(stop);
    store::OptOuts opt_outs(house.scope);
    CHECK(opt_outs.find("+14155552671", "+14155550100").has_value());
    CHECK(opt_outs.find("+14155552671", service).has_value());
    const auto events = store::EventLog(house.scope).list({});
    REQUIRE(events.size() == 3); // the text, and two opt-outs
    CHECK(events[2].kind == sms::EventKind::opt_out);
    CHECK(events[2].source == sms::EventSource::callback);
    CHECK(events[2].message_id == applied.message->id);
    auto start = text("START");
    start.provider_id = "SM10";
    start.messaging_service_id = service;
    house.apply(start);
    CHECK(opt_outs.count({}) == 0);
}

TEST_CASE("reports in any order end at the same status", "[updates]")
{
    House house;
    house.add_outbound("SM1", sms::Status::queued);
    SECTION("in order")
    {
        CHECK(house.report("sent").event.kind == sms::EventKind::status);
        CHECK(house.report("delivered").event.kind == sms::EventKind::status);
    }
    SECTION("delivered first")
    {
        house.report("delivered");
        const auto late = house.report("sent");
        CHECK(late.event.kind == sms::EventKind::unchanged);
        CHECK(late.event.reason == "already delivered");
    }
    SECTION("repeated")
    {
        house.report("delivered");
        CHECK(house.report("delivered").event.kind == sms::EventKind::unchanged);
    }
    CHECK(house.message().status == sms::Status::delivered);
    CHECK(house.message().delivered_at.has_value());
}

TEST_CASE("a failure keeps its reason, whatever comes after", "[updates]")
{
    House house;
    house.add_outbound("SM1", sms::Status::sent);
    house.report("undelivered", "30005");
    house.report("failed", "30008");
    house.report("sent");
    CHECK(house.message().status == sms::Status::undelivered);
    CHECK(house.message().failure->code == "30005");
}

TEST_CASE("a word nobody knows is kept as it came and moves nothing", "[updates]")
{
    House house;
    house.add_outbound("SM1", sms::Status::sent);
    const auto applied = house.report("teleported");
    CHECK(applied.event.kind == sms::EventKind::unchanged);
    CHECK(applied.event.status == "teleported");
    CHECK(house.message().status == sms::Status::sent);
}

TEST_CASE("a poll fills in price and segments without moving the status", "[updates]")
{
    House house;
    house.add_outbound("SM1", sms::Status::delivered);
    providers::RemoteMessage remote;
    remote.provider_id = "SM1";
    remote.status_word = "delivered";
    remote.status = sms::Status::delivered;
    remote.segments = 3;
    remote.price = Money{7900, "USD"};
    const auto applied =
        updates::Updates(house.scope, house.clock).apply(remote, sms::EventSource::poll);
    CHECK(applied.event.kind == sms::EventKind::change);
    CHECK(house.message().segments == 3);
    CHECK(house.message().price->micros == 7900);
    CHECK(house.message().seq == applied.event.seq);
    const auto again =
        updates::Updates(house.scope, house.clock).apply(remote, sms::EventSource::poll);
    CHECK(again.event.kind == sms::EventKind::unchanged);
}

TEST_CASE("what came too early is applied by our words, and never what was refused", "[updates]")
{
    House house;
    updates::Updates updates(house.scope, house.clock);
    const auto early = [&](const std::string& word, std::optional<sms::Status> status) {
        providers::StatusReport report;
        report.provider_id = "SM1";
        report.status_word = word;
        report.status = status;
        if (status == sms::Status::undelivered)
            report.failure = sms::Failure{"30003", "the handset is off"};
        updates.apply(report, sms::EventSource::callback, "raw");
    };
    early("rejected", std::nullopt); // no word of the provider's that we know, but one of ours
    updates.refuse("SM1", "not signed", "MessageStatus=failed");
    SECTION("a word that is only the provider's")
    {
        early("partially_delivered", sms::Status::delivered);
        house.add_outbound("SM1", sms::Status::accepted);
        sms::Message message = house.message();
        updates.adopt_orphans(message);
        CHECK(house.message().status == sms::Status::delivered);
    }
    SECTION("a failure with its reason")
    {
        early("undelivered", sms::Status::undelivered);
        house.add_outbound("SM1", sms::Status::accepted);
        sms::Message message = house.message();
        updates.adopt_orphans(message);
        CHECK(house.message().status == sms::Status::undelivered);
        CHECK(house.message().failure->text == "the handset is off");
    }
    SECTION("nothing that counts")
    {
        house.add_outbound("SM1", sms::Status::accepted);
        sms::Message message = house.message();
        updates.adopt_orphans(message);
        CHECK(house.message().status == sms::Status::accepted);
        store::EventQuery query;
        query.message_row = message.row;
        for (const sms::Event& event : store::EventLog(house.scope).list(query))
            CHECK(event.kind != sms::EventKind::refused);
    }
}

TEST_CASE("news about a message nobody knows is kept", "[updates]")
{
    House house;
    const auto applied = house.report("delivered");
    CHECK_FALSE(applied.message.has_value());
    CHECK(store::EventLog(house.scope).orphans("SM1").size() == 1);
}
