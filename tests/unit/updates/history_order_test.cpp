// What a sync must not do however late it brings things: send a settled message back, undo what
// somebody decided since, or enter a send of ours as somebody else's.
#include "store/opt_outs.hpp"
#include "unit/updates/synced_house.hpp"
#include "updates/apply.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using test::House;

namespace {

constexpr Millis minute = std::chrono::minutes(1);
constexpr Millis hour = std::chrono::hours(1);

bool is_opted_out(House& house)
{
    return store::OptOuts(house.scope).find(test::their_number, test::our_number).has_value();
}

/// A send of ours that left a minute ago and was never answered.
sms::Message doubtful(House& house, sms::Status status)
{
    sms::Message message = test::make_message("Hi");
    message.status = status;
    message.created_at = house.clock.now() - minute;
    return test::store_message(house.scope, message);
}

} // namespace

TEST_CASE("the last STOP or START holds, in whatever order they become known", "[history]")
{
    const bool stops_last = GENERATE(true, false);
    House house;
    house.provider.page_size = GENERATE(1U, 2U, 3U); // pages come newest first
    house.text("SM1", hour * 3).body = stops_last ? "START" : "STOP";
    house.text("SM2", hour * 2).body = "and so on";
    house.text("SM3", hour).body = stops_last ? "STOP" : "START";
    house.sync();
    CHECK(is_opted_out(house) == stops_last);
}

TEST_CASE("what was decided by hand since a text came holds", "[history]")
{
    House house;
    store::OptOuts opt_outs(house.scope);
    const Instant half_an_hour_ago = house.clock.now() - minute * 30;
    const bool added = GENERATE(true, false);
    opt_outs.add(test::their_number,
                 test::our_number,
                 "asked us",
                 half_an_hour_ago,
                 sms::EventSource::command);
    if (!added)
        opt_outs.remove(test::their_number,
                        test::our_number,
                        "came back",
                        half_an_hour_ago,
                        sms::EventSource::command);
    house.text("SM1", hour).body = added ? "START" : "STOP";
    house.sync();
    CHECK(is_opted_out(house) == added);

    // What comes later than that counts again.
    house.text("SM2", minute).body = added ? "START" : "STOP";
    house.sync();
    CHECK(is_opted_out(house) == !added);
}

TEST_CASE("the provider's refusal holds against a START from before it", "[history]")
{
    House house;
    store::OptOuts(house.scope)
        .add(test::their_number, test::our_number, "twilio 21610", house.clock.now() - minute);
    house.text("SM1", hour).body = "START";
    house.sync();
    CHECK(is_opted_out(house));
}

TEST_CASE("a message that may be a send of ours in doubt is left until that is settled",
          "[history]")
{
    House house;
    sms::Message ours = doubtful(
        house, GENERATE(sms::Status::submitting, sms::Status::in_doubt, sms::Status::accepted));
    providers::RemoteMessage& remote = house.sent("SM1", minute / 2);
    remote.body = GENERATE("Hi", "Sent from your Twilio trial account - Hi", "");
    house.sent("SM2", minute / 4).body = "somebody else's";
    house.sync();
    CHECK(house.left == (house.provider.messages.front().body.empty() ? 2 : 1));
    CHECK(store::Messages(house.scope).by_provider_id("SM1") == std::nullopt);
    CHECK(house.stored() == 2);

    SECTION("it was ours")
    {
        ours.provider_id = "SM1";
        ours.status = sms::Status::accepted;
        store::Messages(house.scope).update(ours);
        const auto found = house.sync();
        REQUIRE(found.size() == 1);
        CHECK(found[0].id == ours.id);
        CHECK(house.stored() == 2);
    }
    SECTION("it was not, and time has passed")
    {
        ours.status = sms::Status::planned;
        store::Messages(house.scope).update(ours);
        house.clock.step(hour * 24 * 30);
        CHECK(house.sync().size() == 1);
        CHECK(store::Messages(house.scope).by_provider_id("SM1")->attempts == 0);
        CHECK(house.stored() == 3);
    }
    CHECK(house.left == 0);
    CHECK(house.sync().empty());
}

TEST_CASE("what cannot be a send of ours in doubt is taken at once", "[history]")
{
    House house;
    doubtful(house, sms::Status::in_doubt);
    sms::Message planned = test::make_message("planned");
    planned.created_at = house.clock.now() - minute;
    test::store_message(house.scope, planned);
    providers::RemoteMessage& remote = house.sent("SM1", minute / 2);
    remote.body = "Hi";
    SECTION("another recipient")
    {
        remote.to = "+15550107";
    }
    SECTION("another sender")
    {
        remote.from = "+15550177";
    }
    SECTION("another text")
    {
        remote.body = "Hello";
    }
    SECTION("an earlier time")
    {
        remote.created_at = remote.sent_at = house.clock.now() - hour;
    }
    SECTION("one that is still planned")
    {
        remote.body = "planned";
    }
    house.sync();
    CHECK(house.left == 0);
    CHECK(store::Messages(house.scope).by_provider_id("SM1"));
}

TEST_CASE("price, segments and error code come later, and change", "[history]")
{
    House house;
    providers::RemoteMessage& remote = house.sent("SM1", hour * 24 * 5);
    remote.price.reset();
    remote.segments = 0;
    remote.status_word = "undelivered";
    remote.status = sms::Status::undelivered;
    house.sync();
    house.text("SM2", minute); // moves the cursor on, far beyond it

    const auto changed = [&](std::string_view field, std::string_view to) {
        const auto found = house.sync();
        for (const auto& one : found)
            for (const auto& difference : one.fields)
                if (one.provider_id == "SM1" && difference.field == field)
                    return difference.to == to;
        return false;
    };
    const auto listed = [&]() -> providers::RemoteMessage& {
        return house.provider.messages.back();
    };
    house.sync();
    listed().segments = 2;
    CHECK(changed("segments", "2"));
    listed().failure = sms::Failure{"30003", "handset off"};
    CHECK(changed("error.code", "30003"));
    listed().failure = sms::Failure{"30005", "no such number"};
    CHECK(changed("error.code", "30005"));
    listed().price = Money{15'800, "USD"};
    CHECK(changed("price", "0.0158 USD"));
    CHECK(house.sync().empty());
    listed().price = Money{7'900, "USD"};
    CHECK_FALSE(changed("price", "0.0079 USD")); // settled: only --full looks so far back
    CHECK(house.sync({.since = {}, .full = true, .dry_run = false}).size() == 1);
}

TEST_CASE("a list that lags behind moves no status back", "[history]")
{
    House house;
    house.sent("SM1", minute);
    house.sync();
    house.provider.messages.front().status_word = "sent";
    house.provider.messages.front().status = sms::Status::sent;
    CHECK(house.sync().empty());
    CHECK(store::Messages(house.scope).by_provider_id("SM1")->status == sms::Status::delivered);
}
