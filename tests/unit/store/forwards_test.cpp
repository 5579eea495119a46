#include "store/event_log.hpp"
#include "store/forwards.hpp"
#include "store/outbox.hpp"
#include "support/builders.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using namespace std::chrono_literals;
using test::noon;
using test::TestStore;

namespace {

constexpr std::string_view us = "us";
constexpr Instant later = noon + 1h;

store::PendingForward add(store::Scope& scope, std::string_view owner = us, Instant at = noon)
{
    sms::Event event;
    event.source = sms::EventSource::callback;
    event.created_at = noon;
    event.payload = "Body=a";
    event.request = "{}";
    store::EventLog(scope).append(event);
    store::PendingForward pending;
    pending.event_seq = event.seq;
    pending.event_id = event.id;
    pending.forward.url = "http://127.0.0.1:3000/sms";
    pending.forward.next_try_at = at;
    pending.idempotency_token = "token";
    store::Forwards(scope).add(pending, owner, later);
    return pending;
}

std::string owner_of(TestStore& store, std::int64_t seq)
{
    store::Statement row = store.database.connection().prepare(
        "SELECT coalesce(owner, 'nobody') FROM forwards WHERE event_seq = $1");
    return row.bind(1, seq).step() ? row.text(0) : "";
}

/// An owner on this host whose process is gone: its boot was another.
std::string gone_owner()
{
    std::string owner = store::this_process();
    const std::size_t boot = owner.find('/') + 1;
    owner[boot] = owner[boot] == '0' ? '1' : '0';
    return owner;
}

} // namespace

TEST_CASE("what is to be told stays due until it was told")
{
    TestStore store;
    store::Forwards forwards(store.scope);
    const auto added = add(store.scope);
    const auto due = forwards.due(us, noon, 10);
    REQUIRE(due.size() == 1);
    CHECK(due.front().event_id == added.event_id);
    CHECK(due.front().payload == "Body=a");
    CHECK(due.front().request == "{}");
    CHECK(due.front().idempotency_token == "token");

    sms::Forward forward = added.forward;
    forward.attempts = 1;
    forward.http = 503;
    forward.error = "busy";
    forward.next_try_at = noon + 1s;
    forwards.record(added.event_seq, forward, later);
    CHECK(forwards.due(us, noon, 10).empty());
    CHECK(forwards.next_due(us, noon) == noon + 1s);
    CHECK(forwards.due(us, noon + 1s, 10).front().forward.error == "busy");

    forward.state = sms::ForwardState::done;
    forward.next_try_at.reset();
    forward.settled_at = noon + 2s;
    forwards.record(added.event_seq, forward, later);
    CHECK(forwards.due(us, later, 10).empty());
    CHECK_FALSE(forwards.next_due(us, noon));
    const auto event = store::EventLog(store.scope).by_id(added.event_id);
    REQUIRE(event->forward);
    CHECK(event->forward->state == sms::ForwardState::done);
    CHECK(event->forward->http == 503);
    CHECK(event->forward->settled_at == noon + 2s);
}

TEST_CASE("what was told is not told again, whoever writes late")
{
    TestStore store;
    store::Forwards forwards(store.scope);
    auto pending = add(store.scope);
    pending.forward.state = sms::ForwardState::done;
    forwards.record(pending.event_seq, pending.forward, later);
    pending.forward.state = sms::ForwardState::waiting;
    forwards.record(pending.event_seq, pending.forward, later);
    CHECK(forwards.due(us, later, 10).empty());
}

TEST_CASE("only what belongs to nobody who lives is taken over")
{
    TestStore store;
    store::Forwards forwards(store.scope);
    struct Case {
        std::string name;
        std::string owner;
        Instant now;
        bool taken;
    };
    const auto& row = GENERATE(values<Case>({
        {"our own", std::string(us), noon, true},
        {"of one whose process is gone, within its lease", gone_owner(), noon, true},
        {"of one that lives, long after its lease", store::this_process(), later + 24h, false},
        {"of one on another host, within its lease", "elsewhere/b/n/1/1", noon, false},
        {"of one on another host, after its lease", "elsewhere/b/n/1/1", later + 1s, true},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const auto pending = add(store.scope, row.owner);
        forwards.hold(us, "http://127.0.0.1:4000/", row.now, row.now + 1h);
        CHECK((owner_of(store, pending.event_seq) == us) == row.taken);
        const auto due = forwards.due(us, row.now, 10);
        REQUIRE(due.size() == (row.taken ? 1 : 0));
        if (row.taken)
            CHECK(due.front().forward.url == "http://127.0.0.1:4000/");
    }
}

TEST_CASE("what was left is the next listener's, and no other workspace's")
{
    TestStore store;
    const Workspace other = store.add_workspace("other");
    store::Scope theirs = store.database.scope(other);
    const auto ours = add(store.scope);
    const auto foreign = add(theirs);
    store::Forwards(store.scope).release(us);
    CHECK(owner_of(store, ours.event_seq) == "nobody");
    CHECK(owner_of(store, foreign.event_seq) == us);
    store::Forwards(theirs).hold("next", "http://127.0.0.1/", noon, later);
    CHECK(owner_of(store, ours.event_seq) == "nobody");
    store::Forwards(store.scope).hold("next", "http://127.0.0.1/", noon, later);
    CHECK(store::Forwards(store.scope).due("next", noon, 10).size() == 1);
    CHECK_THROWS(store::Forwards(theirs).add(ours, us, later));
}

TEST_CASE("a callback was told before when one said the same of the same message")
{
    TestStore store;
    store::EventLog log(store.scope);
    const sms::Message message = test::store_message(store.scope, test::make_message());
    const bool stored = GENERATE(true, false);
    const auto append = [&](std::string_view status, sms::EventSource source) {
        sms::Event event;
        event.kind = sms::EventKind::unchanged;
        event.source = source;
        event.message_row = stored ? message.row : 0;
        event.provider_id = "SM1";
        event.status = status;
        event.created_at = noon;
        log.append(event);
        return event;
    };
    append("delivered", sms::EventSource::poll);
    CHECK_FALSE(log.told_before(append("delivered", sms::EventSource::callback)));
    CHECK_FALSE(log.told_before(append("sent", sms::EventSource::callback)));
    CHECK(log.told_before(append("delivered", sms::EventSource::callback)));
    sms::Event failed = append("delivered", sms::EventSource::callback);
    failed.error_code = "30003";
    CHECK_FALSE(log.told_before(failed));
}
