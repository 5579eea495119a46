#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "support/builders.hpp"
#include "support/fake_clock.hpp"
#include "updates/mark.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using test::make_message;
using test::store_message;

TEST_CASE("A mark is stored with an event, and the same mark again changes nothing")
{
    test::TestStore store;
    test::FakeClock clock;
    const sms::Message message = store_message(store.scope, make_message());
    updates::ProcessedMark mark;
    mark.chat_id = "chat-7";

    const auto marked = updates::mark_processed(store.scope, clock, {message}, mark);
    REQUIRE(marked.size() == 1);
    CHECK(marked.front().processed);
    CHECK(marked.front().chat_id == "chat-7");
    const auto events = store::EventLog(store.scope).list({});
    REQUIRE(events.size() == 1);
    CHECK(events.front().message_id == message.id);
    CHECK(marked.front().seq == events.front().seq);
    CHECK(store::Messages(store.scope).by_id(message.id)->seq == events.front().seq);

    const auto again = updates::mark_processed(store.scope, clock, {message}, mark);
    CHECK(again.front().seq == events.front().seq);
    CHECK(store::EventLog(store.scope).list({}).size() == 1);
}

TEST_CASE("A mark keeps what it does not name and what came in since the message was read")
{
    test::TestStore store;
    test::FakeClock clock;
    const sms::Message stale = store_message(store.scope, make_message());
    updates::ProcessedMark first;
    first.chat_id = "chat-7";
    updates::mark_processed(store.scope, clock, {stale}, first);
    sms::Message moved = store::Messages(store.scope).by_row(stale.row).value();
    moved.status = sms::Status::delivered;
    store::Messages(store.scope).update(moved);

    updates::ProcessedMark second;
    second.response_id = "SM0123456789abcdef0123456789abcdef";
    updates::mark_processed(store.scope, clock, {stale}, second);
    const sms::Message now = store::Messages(store.scope).by_row(stale.row).value();
    CHECK(now.status == sms::Status::delivered);
    CHECK(now.chat_id == "chat-7");
    CHECK(now.response_id == "SM0123456789abcdef0123456789abcdef");
}
