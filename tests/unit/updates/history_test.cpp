#include "store/conversations.hpp"
#include "store/event_log.hpp"
#include "store/leases.hpp"
#include "store/messages.hpp"
#include "support/builders.hpp"
#include "support/fake_clock.hpp"
#include "unit/updates/synced_house.hpp"
#include "updates/apply.hpp"
#include "updates/message_history.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <optional>
#include <stdexcept>
#include <vector>

using namespace smsctl;
using test::House;

namespace {

using updates::DifferenceKind;

struct Killed : std::runtime_error {
    Killed() : std::runtime_error("killed") {}
};

constexpr Millis minute = std::chrono::minutes(1);
constexpr Millis hour = std::chrono::hours(1);

/// Ten texts, an hour apart, three on a page.
void ten_texts(House& house)
{
    for (int i = 0; i < 10; ++i)
        house.text(fmt::format("SM{}", i), hour * (i + 1));
    house.provider.page_size = 3;
}

} // namespace

TEST_CASE("the first sync reads everything, the next what came since", "[history]")
{
    House house;
    ten_texts(house);
    const auto first = house.sync();
    CHECK(first.size() == 10);
    CHECK(house.tally.pages == 4);
    CHECK(house.stored() == 10);

    CHECK(house.sync().empty());
    CHECK(house.tally.pages == 1);
    CHECK(house.events().size() == 10); // nothing was logged of what is as it was

    house.text("SMnew", minute);
    const auto next = house.sync();
    REQUIRE(next.size() == 1);
    CHECK(next[0].provider_id == "SMnew");
    CHECK(next[0].kind == DifferenceKind::added);
    CHECK(next[0].address == test::their_number);

    CHECK(house.sync({.since = {}, .full = true, .dry_run = false}).empty());
    CHECK(house.tally.pages == 4);
}

TEST_CASE("a sync that was killed at any page goes on there, with the same result", "[history]")
{
    const int killed_at = GENERATE(range(0, 5));
    House house;
    ten_texts(house);
    int asked = 0;
    house.provider.before_request = [&] {
        if (asked++ == killed_at)
            throw Killed();
    };
    try {
        house.sync();
    } catch (const Killed&) { // NOLINT(bugprone-empty-catch)
    }
    house.provider.before_request = {};
    house.text("SMnew", minute); // moves all pages on by one
    const auto second = house.sync();
    CHECK(house.stored() == 11);
    // The front, and what was not read yet: nothing twice.
    if (killed_at > 0 && killed_at < 4)
        CHECK(house.tally.pages == 1 + 4U - static_cast<std::size_t>(killed_at));
    CHECK(house.cursor("sync.messages.walk").empty());
    CHECK(house.sync().empty());
    const auto conversation = store::Conversations(house.scope).list(false, 0).at(0);
    CHECK(conversation.message_count == 11);
    CHECK(conversation.unread_count == 11);
    CHECK(conversation.last_message_body == "text SMnew");
}

TEST_CASE("a page that the provider has forgotten makes the sync begin again", "[history]")
{
    House house;
    ten_texts(house);
    int asked = 0;
    house.provider.before_request = [&] {
        if (asked++ == 2)
            throw Killed();
    };
    CHECK_THROWS_AS(house.sync(), Killed);
    // The entry that the page went by was deleted.
    house.provider.messages.erase(house.provider.messages.begin() + 5);
    house.provider.before_request = {};
    CHECK(house.sync().size() == 4);
    CHECK(house.tally.pages == 3 + 1); // all of them, after a look at the front
    CHECK(house.stored() == 10);
    CHECK(house.cursor("sync.messages.walk").empty());
}

TEST_CASE("a dry run tells and keeps nothing", "[history]")
{
    House house;
    ten_texts(house);
    CHECK(house.sync({.since = {}, .full = false, .dry_run = true}).size() == 10);
    CHECK(house.stored() == 0);
    CHECK(house.events().empty());
    CHECK(store::Contacts(house.scope).by_address(test::their_number) == std::nullopt);
    CHECK(house.cursor("sync.messages").empty());
    CHECK(house.cursor("sync.messages.walk").empty());
}

TEST_CASE("--since reads back to a time and never jumps over one that nobody read", "[history]")
{
    House house;
    ten_texts(house);
    const auto since = [&](Millis ago) {
        return house.sync({.since = house.clock.now() - ago, .full = false, .dry_run = false});
    };
    CHECK(since(hour * 4 + minute).size() == 4);
    CHECK(house.tally.pages == 2);
    CHECK(house.sync().empty()); // the first sync began there
    CHECK(since(hour * 6 + minute).size() == 2);
    const std::string before = house.cursor("sync.messages");
    CHECK_FALSE(before.empty());

    house.clock.step(hour * 48);
    house.text("SMlater", hour * 30);
    house.text("SMlatest", hour);
    CHECK(since(hour * 2).size() == 1);
    CHECK(house.cursor("sync.messages") == before);
    const auto rest = house.sync();
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].provider_id == "SMlater");
}

TEST_CASE("both directions enter their conversation, with media, price and time", "[history]")
{
    House house;
    house.text("MM1", hour).media_count = 1;
    house.provider.media_of["MM1"] = {{"http://x/1", "image/png"}};
    providers::RemoteMessage& failed = house.sent("SM2", minute);
    failed.status_word = "undelivered";
    failed.status = sms::Status::undelivered;
    failed.failure = sms::Failure{"30003", "handset off"};
    house.sync();

    store::Messages messages(house.scope);
    const auto inbound = messages.by_provider_id("MM1").value();
    CHECK(inbound.media.at(0).content_type == "image/png");
    CHECK(inbound.price->micros == 7'900);
    CHECK(inbound.created_at == house.clock.now() - hour);
    const auto outbound = messages.by_provider_id("SM2").value();
    CHECK(outbound.conversation_row == inbound.conversation_row);
    CHECK(outbound.direction == sms::Direction::outbound);
    CHECK(outbound.status == sms::Status::undelivered);
    CHECK(outbound.failure->code == "30003");
    CHECK(outbound.attempts == 0);
    const auto conversation = store::Conversations(house.scope).list(false, 0).at(0);
    CHECK(conversation.message_count == 2);
    CHECK(conversation.unread_count == 1);
    CHECK(conversation.last_message_body == "text SM2");
    CHECK(house.sync().empty());
    CHECK(house.provider.requests == std::vector<std::string>{"messages"}); // media are known
}

TEST_CASE("callbacks about a message made elsewhere are its own once it is known", "[history]")
{
    House house;
    providers::StatusReport report;
    report.provider_id = "SM1";
    report.status_word = "delivered";
    report.status = sms::Status::delivered;
    updates::Updates(house.scope, house.clock).apply(report, sms::EventSource::callback, "raw");
    providers::RemoteMessage& remote = house.sent("SM1", minute);
    remote.status_word = "sent"; // the list lags behind
    remote.status = sms::Status::sent;
    house.sync();
    CHECK(store::Messages(house.scope).by_provider_id("SM1")->status == sms::Status::delivered);
}
