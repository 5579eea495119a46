#include "support/errors.hpp"
#include "unit/updates/removal_world.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using namespace smsctl::test::removal_world;
using std::chrono::hours;
using test::error_of;
using test::noon;

TEST_CASE("what is asked of the provider is committed before it is asked", "[removal]")
{
    World world;
    const auto verb = GENERATE(store::RemovalVerb::redact, store::RemovalVerb::remove);
    DYNAMIC_SECTION(store::word(verb))
    {
        auto message = world.sent("SM1");
        world.messages().replace_media(message.row, {{"https://example.com/a.png", "image/png"}});
        message = world.messages().by_id(message.id).value();
        const bool removes = verb == store::RemovalVerb::remove;
        const auto act = [&] {
            if (removes)
                world.there().remove({message}, ", test");
            else
                world.there().redact(message);
        };
        world.far_end.before = [&] {
            store::Database other = world.store.reopen();
            store::Scope theirs = other.scope(world.store.workspace);
            const auto unfinished = store::Removals(theirs).unfinished();
            REQUIRE(unfinished.size() == 1);
            CHECK(unfinished[0].message_id == message.id);
            CHECK(unfinished[0].verb == verb);
        };
        world.far_end.fails_at = removes ? "remove SM1" : "redact SM1";
        CHECK(error_of(act).exit() == Exit::unavailable);
        // It is known here what was left undone, and the same again finishes it.
        CHECK(store::Removals(world.scope()).unfinished().size() == 1);
        CHECK(world.messages().by_id(message.id).has_value());
        world.far_end.fails_at.clear();
        act();
        CHECK(store::Removals(world.scope()).unfinished().empty());
        CHECK(world.messages().by_id(message.id).has_value() == !removes);
        const std::string asked = removes ? "remove SM1" : "redact SM1";
        CHECK(world.far_end.asked ==
              std::vector<std::string>{"remove media of SM1", asked, "remove media of SM1", asked});
    }
}

TEST_CASE("of several only what the provider let go is gone", "[removal]")
{
    World world;
    const auto first = world.sent("SM1");
    const auto second = world.sent("SM2");
    const auto never_sent = world.sent("SM3", [](auto& made) {
        made.provider_id.clear();
        made.status = sms::Status::blocked;
    });
    world.far_end.fails_at = "remove SM2";
    CHECK_THROWS_AS(world.there().remove({first, second, never_sent}, "test"), Error);
    CHECK_FALSE(world.messages().by_id(first.id));
    CHECK(world.messages().by_id(second.id));
    world.far_end.fails_at.clear();
    world.there().remove({second, never_sent}, ", test");
    CHECK(world.messages().count({}) == 0);
    CHECK(world.far_end.asked ==
          std::vector<std::string>{"remove SM1", "remove SM2", "remove SM2"});
}

TEST_CASE("a signal leaves nothing half removed", "[removal]")
{
    World world;
    std::vector<sms::Message> messages;
    for (int i = 1; i <= 45; ++i)
        messages.push_back(world.sent("SM" + std::to_string(i)));
    const bool is_older = GENERATE(false, true);
    std::stop_source stop;
    world.far_end.before = [&] {
        if (world.far_end.asked.size() == 24) // one is under way
            stop.request_stop();
    };
    std::size_t told = 0;
    const auto took = [&](const sms::Message& message) {
        CHECK(message.id == messages[told++].id);
        CHECK_FALSE(world.messages().by_id(message.id));
    };
    auto removal = world.there();
    const auto act = [&](const std::stop_token& token) {
        if (is_older) {
            const auto result = removal.remove_older(noon + hours(1), took, token);
            CHECK(result.was_stopped == token.stop_requested());
        } else {
            removal.remove({messages.begin() + static_cast<std::ptrdiff_t>(told), messages.end()},
                           "",
                           took,
                           token);
        }
    };
    act(stop.get_token());
    CHECK(told == 25);
    CHECK(world.far_end.asked.size() == 25);
    CHECK(world.messages().count({}) == 20);
    CHECK(store::Removals(world.scope()).unfinished().empty());
    act({});
    CHECK(told == 45);
    CHECK(world.messages().count({}) == 0);
    CHECK(world.far_end.asked.size() == 45);
}
