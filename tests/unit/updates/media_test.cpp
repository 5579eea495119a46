#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "support/builders.hpp"
#include "updates/media.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;

TEST_CASE("what became of a medium stands in its message and in the log", "[updates]")
{
    test::TestStore store;
    sms::Message message = test::make_message();
    message.media = {{"https://example.com/a", "image/png"},
                     {"https://example.com/b", "image/gif"}};
    message = test::store_message(store.scope, message);
    updates::enter_media(store.scope, message.row, 2, "/m/2.gif", "", test::noon);
    updates::enter_media(store.scope, message.row, 1, "", "it is too long", test::noon);

    const auto found = store::Messages(store.scope).by_row(message.row);
    REQUIRE(found->media.size() == 2);
    CHECK(found->media[0].path.empty());
    CHECK(found->media[0].problem == "it is too long");
    CHECK(found->media[1].path == "/m/2.gif");
    CHECK(found->media[1].problem.empty());
    const auto events = store::EventLog(store.scope).list({});
    REQUIRE(events.size() >= 2);
    CHECK(events.back().reason == "medium 1: it is too long");
    CHECK(events.back().message_id == message.id);
    CHECK(found->seq == events.back().seq);
}

TEST_CASE("media of a message that is gone, or another workspace's, changes nothing", "[updates]")
{
    test::TestStore store;
    sms::Message message = test::make_message();
    message.media = {{"https://example.com/a", "image/png"}};
    message = test::store_message(store.scope, message);
    store::Scope other = store.database.scope(store.add_workspace("other"));
    updates::enter_media(other, message.row, 1, "/m/1.png", "", test::noon);
    updates::enter_media(store.scope, message.row + 1, 1, "/m/1.png", "", test::noon);
    CHECK(store::Messages(store.scope).by_row(message.row)->media[0].path.empty());
    CHECK(store::EventLog(other).list({}).empty());
}
