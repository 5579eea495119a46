#include "store/event_log.hpp"
#include "store/removals.hpp"
#include "support/builders.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace smsctl;
using test::noon;

namespace {

/// `count` events about a message, each with another word in every field.
std::vector<sms::Event> events_about(std::int64_t message_row, int count)
{
    std::vector<sms::Event> events;
    for (int i = 0; i < count; ++i) {
        const std::string number = std::to_string(i);
        sms::Event& event = events.emplace_back();
        event.kind = i % 2 == 0 ? sms::EventKind::status : sms::EventKind::change;
        event.source = sms::EventSource::poll;
        event.message_row = message_row;
        event.provider_id = "SM" + number;
        event.status = "status " + number;
        event.error_code = number;
        event.reason = i % 3 == 0 ? "" : "reason " + number;
        event.payload = "payload " + number;
        event.request = "request " + number;
        event.created_at = noon + Millis(i);
    }
    return events;
}

void append_all(store::Scope& scope, std::vector<sms::Event>& events)
{
    std::vector<sms::Event*> pointers;
    for (sms::Event& event : events)
        pointers.push_back(&event);
    store::EventLog(scope).append(pointers);
}

} // namespace

TEST_CASE("many events are logged as one by one would be")
{
    // Fewer than one statement takes, just as many, and some more.
    const int count = GENERATE(1, 16, 37);
    test::TestStore store;
    const sms::Message message = test::store_message(store.scope, test::make_message());
    store::EventLog log(store.scope);
    sms::Event first = events_about(message.row, 1).front();
    log.append(first);
    const std::int64_t next = log.next_seq();
    CHECK(next == first.seq + 1);

    std::vector<sms::Event> events = events_about(message.row, count);
    append_all(store.scope, events);
    store::EventQuery those;
    those.after_seq = first.seq;
    const auto stored = log.list(those);
    REQUIRE(stored.size() == events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        const sms::Event& expected = events[i];
        CHECK(stored[i].seq == next + static_cast<std::int64_t>(i));
        CHECK(stored[i].seq == expected.seq);
        CHECK(stored[i].id == expected.id);
        CHECK(stored[i].kind == expected.kind);
        CHECK(stored[i].source == expected.source);
        CHECK(stored[i].message_id == message.id);
        CHECK(stored[i].provider_id == expected.provider_id);
        CHECK(stored[i].status == expected.status);
        CHECK(stored[i].error_code == expected.error_code);
        CHECK(stored[i].reason == expected.reason);
        CHECK(stored[i].payload == expected.payload);
        CHECK(stored[i].created_at == expected.created_at);
        CHECK(log.request_of(expected.seq) == expected.request);
        CHECK(log.by_id(expected.id)->seq == expected.seq);
    }
    CHECK(log.next_seq() == events.back().seq + 1);
}

TEST_CASE("a seq is never given twice, even where the newest events were removed")
{
    test::TestStore store;
    CHECK(store::EventLog(store.scope).next_seq() == 1);
    const sms::Message message = test::store_message(store.scope, test::make_message());
    std::vector<sms::Event> events = events_about(message.row, 20);
    append_all(store.scope, events);
    store::Removals(store.scope).remove({message.row}, noon);
    store::EventLog log(store.scope);
    CHECK(log.list({}).empty());
    CHECK(log.next_seq() == events.back().seq + 1);
    sms::Event later;
    later.kind = sms::EventKind::unchanged;
    CHECK(log.append(later) == events.back().seq + 1);
}
