#include "reconcile/reconciler.hpp"
#include "store/event_log.hpp"
#include "store/leases.hpp"
#include "store/messages.hpp"
#include "support/builders.hpp"
#include "support/fake_clock.hpp"
#include "unit/reconcile/stub_provider.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace smsctl;
using namespace std::chrono_literals;

namespace {

std::string sid(int number)
{
    return fmt::format("SM{:032x}", number);
}

/// A store with one number, a provider and a clock, and what a run changed.
struct Bench {
    Bench()
    {
        sms::Number number = test::make_number();
        store::Numbers(store.scope).insert(number);
    }

    /// Stores one of ours and lets the provider say `remote` about it; "" leaves it unknown there.
    sms::Message add_sent(int number, sms::Status status, std::string_view remote, Millis age = 1h)
    {
        sms::Message message = test::make_message();
        message.status = status;
        message.provider_id = sid(number);
        message.created_at = message.status_at = clock.now() - age;
        if (!remote.empty())
            known(sid(number), sms::Direction::outbound, remote, age);
        return test::store_message(store.scope, message);
    }
    providers::RemoteMessage&
    known(const std::string& id, sms::Direction direction, std::string_view status, Millis age)
    {
        providers::RemoteMessage remote;
        remote.provider_id = id;
        remote.direction = direction;
        remote.status_word = status;
        remote.status = sms::parse_status(status);
        const bool ours = direction == sms::Direction::outbound;
        remote.from = ours ? test::our_number : test::their_number;
        remote.to = ours ? test::their_number : test::our_number;
        remote.body = "Hi";
        remote.created_at = clock.now() - age;
        const auto older =
            std::find_if(provider.known.begin(), provider.known.end(), [&](const auto& other) {
                return other.created_at < remote.created_at;
            });
        return *provider.known.insert(older, remote);
    }
    reconcile::Summary run(const reconcile::Options& options = {}, const std::stop_token& stop = {})
    {
        provider.requests.clear();
        changes.clear();
        return reconcile::Reconciler(store.scope, provider, clock)
            .run(
                options,
                [this](const updates::Applied& applied) { changes.push_back(applied); },
                stop);
    }
    std::string status_of(int number)
    {
        return std::string(word(store::Messages(store.scope).by_provider_id(sid(number))->status));
    }

    test::TestStore store;
    test::FakeClock clock;
    test::StubProvider provider;
    std::vector<updates::Applied> changes;
};

using Requests = std::vector<std::string>;

} // namespace

TEST_CASE("open messages are found on one list page, failures counted")
{
    Bench bench;
    bench.add_sent(1, sms::Status::sent, "delivered");
    bench.add_sent(2, sms::Status::queued, "undelivered");
    bench.add_sent(3, sms::Status::sent, "sent");
    bench.add_sent(4, sms::Status::delivered, "delivered");
    reconcile::Options options;
    options.inbound = false;
    const reconcile::Summary summary = bench.run(options);

    CHECK(bench.provider.requests == Requests{"list"});
    CHECK(summary.way == reconcile::Way::pages);
    CHECK(summary.requests == 1);
    CHECK(summary.checked == 3);
    CHECK(summary.changed == 2);
    CHECK(summary.became_failures == 1);
    CHECK(summary.still_open == 1);
    CHECK(bench.changes.size() == 2);
    CHECK(bench.status_of(1) == "delivered");
    CHECK(bench.status_of(2) == "undelivered");
}

TEST_CASE("a message younger than its callbacks need, or older than the span, is left alone")
{
    Bench bench;
    bench.add_sent(1, sms::Status::sent, "delivered", 30s);
    bench.add_sent(2, sms::Status::sent, "delivered", 73h);
    reconcile::Options options;
    options.inbound = false;
    CHECK(bench.run(options).requests == 0);
    options.older_than = 0s;
    options.since = 80h;
    CHECK(bench.run(options).changed == 2);
}

TEST_CASE("an account with far more traffic than we know of costs at most twice the lookups")
{
    Bench bench;
    bench.provider.page_size = 10;
    bench.add_sent(1, sms::Status::sent, "delivered", 10h);
    bench.add_sent(2, sms::Status::sent, "delivered", 9h);
    for (int i = 100; i < 300; ++i) // somebody else's
        bench.known(sid(i), sms::Direction::outbound, "delivered", 1h);
    reconcile::Options options;
    options.inbound = false;
    const reconcile::Summary summary = bench.run(options);
    CHECK(bench.provider.requests ==
          Requests{"list", "list", "fetch " + sid(1), "fetch " + sid(2)});
    CHECK(summary.changed == 2);
}

TEST_CASE("a lone message of a busy workspace is looked up; one the provider lost stays open")
{
    Bench bench;
    bench.add_sent(1, sms::Status::sent, "", 2h);
    store::Transaction transaction = bench.store.scope.begin();
    for (int i = 10; i < 1100; ++i)
        bench.add_sent(i, sms::Status::delivered, "", 1h);
    transaction.commit();
    reconcile::Options options;
    options.inbound = false;
    const reconcile::Summary summary = bench.run(options);
    CHECK(summary.way == reconcile::Way::lookups);
    CHECK(bench.provider.requests == Requests{"fetch " + sid(1)});
    CHECK(summary.still_open == 1);
    CHECK(bench.status_of(1) == "sent");
}

TEST_CASE("only the messages that were named are asked about, and no inbound ones")
{
    Bench bench;
    const sms::Message named = bench.add_sent(1, sms::Status::sent, "delivered", 10s);
    bench.add_sent(2, sms::Status::sent, "delivered");
    bench.known(sid(9), sms::Direction::inbound, "received", 5min);
    reconcile::Options options;
    options.message_rows = {named.row};
    const reconcile::Summary summary = bench.run(options);
    CHECK(summary.checked == 1);
    CHECK(summary.inbound == 0);
    CHECK(bench.status_of(2) == "sent");
}

TEST_CASE("a missed text is fetched with its media, once, and only for our own numbers")
{
    Bench bench;
    bench.known(sid(1), sms::Direction::inbound, "received", 2h).media_count = 1;
    bench.provider.media_of[sid(1)] = {{"https://example.com/1", "image/png"}};
    bench.known(sid(2), sms::Direction::inbound, "received", 2h).to = "+15550177";
    const reconcile::Summary summary = bench.run();

    CHECK(summary.inbound == 1);
    REQUIRE(bench.changes.size() == 1);
    CHECK(bench.changes.front().event.source == sms::EventSource::poll);
    const auto message = store::Messages(bench.store.scope).by_provider_id(sid(1));
    REQUIRE(message);
    CHECK(message->created_at == bench.clock.now() - Millis(2h));
    REQUIRE(message->media.size() == 1);
    CHECK(message->media.front().content_type == "image/png");

    SECTION("with nothing new the next run takes one request")
    {
        bench.clock.step(5min);
        CHECK(bench.run().inbound == 0);
        CHECK(bench.provider.requests.size() == 1);
    }
    SECTION("one that shows up late within the overlap is found")
    {
        bench.known(sid(3), sms::Direction::inbound, "received", 8min);
        CHECK(bench.run().inbound == 1);
    }
    SECTION("one from long before the last look only when asked to look from the start")
    {
        bench.known(sid(3), sms::Direction::inbound, "received", 5h);
        CHECK(bench.run().inbound == 0);
        reconcile::Options options;
        options.from_the_start = true;
        CHECK(bench.run(options).inbound == 1);
    }
}

TEST_CASE("a look that does not reach back to the last one leaves what lies between to the next")
{
    Bench bench;
    bench.known(sid(1), sms::Direction::inbound, "received", 1min);
    bench.run();
    bench.clock.step(5h);
    bench.known(sid(2), sms::Direction::inbound, "received", 3h);
    bench.known(sid(3), sms::Direction::inbound, "received", 1min);
    reconcile::Options short_look;
    short_look.since = 1h;
    short_look.from_the_start = true;
    CHECK(bench.run(short_look).inbound == 1);
    CHECK(bench.run().inbound == 1);
    CHECK(bench.run().inbound == 0);
}

TEST_CASE("missed texts can be had alone, the oldest first, with a request beside each event")
{
    Bench bench;
    bench.add_sent(1, sms::Status::sent, "delivered");
    bench.known(sid(2), sms::Direction::inbound, "received", 20min);
    bench.known(sid(3), sms::Direction::inbound, "received", 10min);
    reconcile::Options options;
    options.statuses = false;
    options.request_of = [](const auto& inbound) { return "{" + inbound.account_id + "}"; };
    std::vector<std::string> entered;
    options.on_entered = [&](auto& applied, const auto& inbound) {
        entered.push_back(inbound.provider_id);
        applied.event.reason = "seen";
    };
    CHECK(bench.run(options).inbound == 2);
    CHECK(entered == Requests{sid(2), sid(3)});
    CHECK(bench.status_of(1) == "sent");
    REQUIRE(bench.changes.size() == 2);
    const sms::Event& event = bench.changes.front().event;
    CHECK(event.provider_id == sid(2));
    CHECK(event.reason == "seen");
    store::EventLog log(bench.store.scope);
    CHECK(log.request_of(event.seq) == "{" + bench.store.workspace.account_id + "}");

    // The webhook that comes after all says nothing new.
    providers::InboundMessage late;
    late.provider_id = sid(2);
    late.from = test::their_number;
    late.to = test::our_number;
    late.body = "Hi";
    const auto repeat = updates::Updates(bench.store.scope, bench.clock)
                            .apply(late, sms::EventSource::callback, "Body=Hi");
    CHECK(log.told_before(repeat.event));
}

TEST_CASE("the page that shows open messages shows missed texts too")
{
    Bench bench;
    bench.known(sid(9), sms::Direction::inbound, "received", 1min);
    bench.run(); // leaves a cursor behind
    bench.clock.step(1h);
    bench.add_sent(1, sms::Status::sent, "delivered", 90min);
    bench.known(sid(2), sms::Direction::inbound, "received", 30min);
    const reconcile::Summary summary = bench.run();
    CHECK(bench.provider.requests == Requests{"list"});
    CHECK(summary.changed == 1);
    CHECK(summary.inbound == 1);
}

TEST_CASE("no missed text is skipped although our clock runs ahead of the provider's")
{
    Bench bench;
    const auto ahead = 2h; // so much older than it is does everything seem
    bench.known(sid(1), sms::Direction::inbound, "received", ahead + 1min);
    CHECK(bench.run().inbound == 1);
    bench.clock.step(5min);
    bench.known(sid(2), sms::Direction::inbound, "received", ahead + 4min); // came in between
    CHECK(bench.run().inbound == 1);
    bench.clock.step(5min);
    CHECK(bench.run().inbound == 0);
    CHECK(bench.provider.requests.size() == 1);
}

TEST_CASE("a second run beside the first does nothing")
{
    Bench bench;
    bench.add_sent(1, sms::Status::sent, "delivered");
    store::Leases leases(bench.store.scope);
    REQUIRE(leases.take("reconcile", "somebody else", bench.clock.now(), 1min));
    const reconcile::Summary summary = bench.run();
    CHECK(summary.locked);
    CHECK(summary.requests == 0);
    CHECK(bench.status_of(1) == "sent");

    leases.release("reconcile", "somebody else");
    CHECK_FALSE(bench.run().locked);
    CHECK(leases.take("reconcile", "somebody else", bench.clock.now(), 1min)); // it was given back
}

TEST_CASE("a run ends early at its last request or a signal, and keeps what it has")
{
    Bench bench;
    bench.add_sent(1, sms::Status::sent, "", 2h);
    bench.add_sent(2, sms::Status::sent, "delivered", 1h);
    SECTION("--max-requests")
    {
        reconcile::Options options;
        options.max_requests = 1;
        const reconcile::Summary summary = bench.run(options);
        CHECK(summary.requests == 1);
        CHECK(summary.stopped_early);
        CHECK(summary.changed == 1);
        CHECK(store::Cursors(bench.store.scope).get("reconcile.inbound").empty());
    }
    SECTION("a signal during the first request")
    {
        std::stop_source stop;
        bench.provider.before_request = [&stop] { stop.request_stop(); };
        const reconcile::Summary summary = bench.run({}, stop.get_token());
        CHECK(summary.requests == 1);
        CHECK(summary.stopped_early);
        CHECK(bench.status_of(2) == "delivered");
    }
}

TEST_CASE("a provider that fails midway costs nothing that was applied, and frees the lease")
{
    Bench bench;
    bench.add_sent(1, sms::Status::sent, "", 2h);
    bench.add_sent(2, sms::Status::sent, "delivered", 1h);
    bench.provider.before_request = [&bench] {
        if (bench.provider.requests.size() == 1)
            throw Error(Exit::unavailable, "provider.unavailable", "down");
    };
    CHECK_THROWS_AS(bench.run(), Error);
    CHECK(bench.status_of(2) == "delivered");
    CHECK(store::Leases(bench.store.scope)
              .take("reconcile", "somebody else", bench.clock.now(), 1min));
}

TEST_CASE("a dry run asks, shows what would change and changes nothing")
{
    Bench bench;
    bench.add_sent(1, sms::Status::sent, "failed");
    bench.known(sid(2), sms::Direction::inbound, "received", 2h);
    reconcile::Options options;
    options.dry_run = true;
    const std::int64_t before = store::EventLog(bench.store.scope).newest_seq();
    const reconcile::Summary summary = bench.run(options);
    CHECK(summary.changed == 1);
    CHECK(summary.became_failures == 1);
    CHECK(summary.inbound == 1);
    CHECK(bench.changes.size() == 2);
    CHECK(bench.status_of(1) == "sent");
    CHECK(store::EventLog(bench.store.scope).newest_seq() == before);
    CHECK(store::Cursors(bench.store.scope).get("reconcile.inbound").empty());
}

TEST_CASE("sends in doubt are counted and left to a later settlement")
{
    Bench bench;
    sms::Message message = test::make_message();
    message.status = sms::Status::in_doubt;
    test::store_message(bench.store.scope, message);
    reconcile::Options options;
    options.inbound = false;
    const reconcile::Summary summary = bench.run(options);
    CHECK(summary.in_doubt == 1);
    CHECK(summary.requests == 0);
}
