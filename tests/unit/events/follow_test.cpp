#include "events/follow.hpp"
#include "support/builders.hpp"
#include "support/loopback_server.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace smsctl;

namespace {

/// A clock whose waits are where something else happens, and no time is lost.
class ActingClock final : public Clock {
public:
    explicit ActingClock(std::function<bool(int wait)> act) : m_act(std::move(act)) {}
    Instant now() const override { return test::noon; }
    bool wait(Millis, const std::stop_token& stop) override
    {
        return m_act(m_waits++) && !stop.stop_requested();
    }
    int waits() const { return m_waits; }

private:
    std::function<bool(int)> m_act;
    int m_waits = 0;
};

std::int64_t append(store::Scope& scope, const std::string& reason)
{
    sms::Event event;
    event.kind = sms::EventKind::change;
    event.reason = reason;
    event.created_at = test::noon;
    store::Transaction transaction = scope.begin();
    const std::int64_t seq = store::EventLog(scope).append(event);
    transaction.commit();
    return seq;
}

} // namespace

TEST_CASE("what another connection commits is seen at the next look, once and in order")
{
    test::TestStore store;
    store::Database writer = store.reopen();
    store::Scope its = writer.scope(store.workspace);
    append(its, "before");
    ActingClock clock([&](int wait) {
        if (wait % 3 == 2) // some looks find nothing
            for (int i = 0; i < 2; ++i)
                append(its, fmt::format("{}.{}", wait, i));
        return wait < 12;
    });
    std::vector<std::string> seen;
    events::Follow(store.scope, clock)
        .run({},
             [&](const sms::Event& event) {
                 seen.push_back(event.reason);
                 return true;
             },
             {});
    CHECK(seen == std::vector<std::string>{
                      "before", "2.0", "2.1", "5.0", "5.1", "8.0", "8.1", "11.0", "11.1"});
}

TEST_CASE("following begins after a sequence number and ends when it was told to")
{
    test::TestStore store;
    const std::int64_t first = append(store.scope, "1");
    const std::int64_t second = append(store.scope, "2");
    append(store.scope, "3");
    ActingClock clock([](int) { return false; });
    std::vector<std::string> seen;
    const auto take = [&](const sms::Event& event) {
        seen.push_back(event.reason);
        return false;
    };
    store::EventQuery query;
    query.after_seq = first;
    CHECK(events::Follow(store.scope, clock).run(query, take, {}) == second);
    CHECK(seen == std::vector<std::string>{"2"});
}

TEST_CASE("events of another workspace are not seen, and more than a block of events are")
{
    test::TestStore store;
    store::Scope other = store.database.scope(store.add_workspace("other"));
    append(other, "theirs");
    constexpr int many = 1203;
    {
        store::Transaction transaction = store.scope.begin();
        for (int i = 0; i < many; ++i) {
            sms::Event event;
            event.created_at = test::noon;
            store::EventLog(store.scope).append(event);
        }
        transaction.commit();
    }
    ActingClock clock([](int) { return false; });
    std::vector<std::int64_t> seen;
    events::Follow(store.scope, clock)
        .run({},
             [&](const sms::Event& event) {
                 seen.push_back(event.seq);
                 return true;
             },
             {});
    CHECK(seen.size() == many);
    CHECK(std::is_sorted(seen.begin(), seen.end()));
    CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("a follower on another thread sees every event of several writers and stops when told")
{
    test::TestStore store;
    constexpr int writers = 3;
    constexpr int each = 20;
    test::Arrivals<std::int64_t> seen;
    std::jthread follower([&](const std::stop_token& stop) {
        SystemClock clock;
        store::Database database = store.reopen();
        store::Scope scope = database.scope(store.workspace);
        events::Follow(scope, clock)
            .run(
                {},
                [&](const sms::Event& event) {
                    seen.add(event.seq);
                    return true;
                },
                stop);
    });
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < writers; ++i)
            threads.emplace_back([&] {
                store::Database database = store.reopen();
                store::Scope scope = database.scope(store.workspace);
                for (int n = 0; n < each; ++n)
                    append(scope, "x");
            });
    }
    CHECK(seen.wait_for(writers * each));
    follower.request_stop();
    follower.join();
    const auto all = seen.all();
    CHECK(all.size() == writers * each);
    CHECK(std::is_sorted(all.begin(), all.end()));
}
