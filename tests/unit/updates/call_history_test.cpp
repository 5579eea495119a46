#include "store/calls.hpp"
#include "store/conversations.hpp"
#include "unit/updates/synced_house.hpp"
#include "updates/call_history.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;

namespace {

struct Calls : test::House {
    sms::Call& call(const std::string& id, Millis ago)
    {
        sms::Call made;
        made.provider = "twilio";
        made.provider_id = id;
        made.from = test::their_number;
        made.to = test::our_number;
        made.status = "completed";
        made.duration = std::chrono::seconds(75);
        made.price = Money{28'000, "USD"};
        made.created_at = clock.now() - ago;
        made.started_at = made.created_at;
        provider.calls.insert(provider.calls.begin(), made);
        return provider.calls.front();
    }
    std::vector<updates::Difference> sync_calls()
    {
        std::vector<updates::Difference> found;
        updates::CallHistory history(scope, provider, clock);
        updates::HistorySync(scope, history, {})
            .run([&](const updates::Difference& one) { found.push_back(one); },
                 [](const updates::HistoryTally&) {},
                 {});
        return found;
    }
    sms::Call stored_call(const std::string& id)
    {
        return store::Calls(scope).by_provider_id(id).value();
    }
};

constexpr Millis minute = std::chrono::minutes(1);

} // namespace

TEST_CASE("a call stands in the conversation of its two ends", "[history]")
{
    Calls house;
    house.text("SM1", minute);
    house.sync();
    house.call("CA1", minute * 2);
    sms::Call& outbound = house.call("CA2", minute);
    outbound.direction = sms::Direction::outbound;
    outbound.from = test::our_number;
    outbound.to = "+15550107";
    CHECK(house.sync_calls().size() == 2);
    const auto message = store::Messages(house.scope).by_provider_id("SM1").value();
    CHECK(house.stored_call("CA1").conversation_row == message.conversation_row);
    CHECK(house.stored_call("CA1").price->micros == 28'000);
    const auto with = store::Conversations(house.scope).with("+15550107");
    REQUIRE(with.size() == 1);
    CHECK(with[0].contact_name == "Unknown (+15550107)");
    CHECK(with[0].message_count == 0);
    CHECK(house.sync_calls().empty());
}

TEST_CASE("a caller who withholds the number is anonymous", "[history]")
{
    Calls house;
    house.call("CA1", minute).from.clear();
    house.sync_calls();
    CHECK(house.stored_call("CA1").from == "anonymous");
}

TEST_CASE("a call moves on until it has ended and is priced, and never back", "[history]")
{
    Calls house;
    sms::Call& call = house.call("CA1", minute);
    call.status = "in-progress";
    call.duration.reset();
    call.price.reset();
    house.sync_calls();
    house.clock.step(minute * 60);
    house.provider.calls.front().status = "completed";
    house.provider.calls.front().duration = std::chrono::seconds(90);
    const auto ended = house.sync_calls();
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].fields.at(0).to == "completed");
    CHECK(ended[0].fields.at(1).to == "90");
    house.clock.step(std::chrono::hours(48));
    house.provider.calls.front().price = Money{28'000, "USD"};
    CHECK(house.sync_calls().at(0).fields.at(0).to == "0.028 USD");

    std::vector<sms::EventKind> kinds;
    for (const sms::Event& event : house.events())
        kinds.push_back(event.kind);
    CHECK(kinds == std::vector{sms::EventKind::call, sms::EventKind::call, sms::EventKind::change});

    house.provider.calls.front().status = "ringing";
    CHECK(house.sync_calls().empty());
    CHECK(house.stored_call("CA1").status == "completed");
}
