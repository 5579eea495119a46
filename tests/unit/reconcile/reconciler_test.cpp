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

TEST_CASE("a message is asked about when it is due, or when it is old enough for who asks")
{
    Bench bench;
    bench.add_sent(1, sms::Status::sent, "sent", 30s);
    bench.add_sent(2, sms::Status::sent, "sent", 73h);
    reconcile::Options options;
    options.inbound = false;
    options.made_since = 72h;
    CHECK(bench.run(options).requests == 0);
    options.made_since.reset();
    CHECK(bench.run(options).checked == 1);
    CHECK(bench.run(options).checked == 0);
    bench.clock.step(30s); // the first is a minute old
    CHECK(bench.run(options).checked == 1);
    bench.clock.step(3min);
    CHECK(bench.run(options).checked == 0);
    options.older_than = 0s;
    CHECK(bench.run(options).checked == 2);
    CHECK(bench.run(options).still_open == 2);
}

TEST_CASE("a price that comes days later is filled in, by an event of its own")
{
    Bench bench;
    const sms::Message sent = bench.add_sent(1, sms::Status::delivered, "delivered", 1h);
    reconcile::Options options;
    options.inbound = false;
    CHECK(bench.run(options).requests == 0);
    bench.clock.step(2h);
    CHECK(bench.run(options).checked == 1);
    CHECK(bench.changes.empty());
    bench.clock.step(40h);
    bench.provider.known.front().price = Money{7900, "USD"};
    bench.provider.known.front().segments = 2;
    const reconcile::Summary summary = bench.run(options);
    CHECK(summary.checked == 1);
    CHECK(summary.changed == 0);
    REQUIRE(bench.changes.size() == 1);
    CHECK(bench.changes.front().event.kind == sms::EventKind::change);
    const auto stored = store::Messages(bench.store.scope).by_row(sent.row);
    REQUIRE(stored->price);
    CHECK(stored->price->micros == 7900);
    CHECK(stored->segments == 2);
    bench.clock.step(48h);
    CHECK(bench.run(options).requests == 0);
}

TEST_CASE("a message that stays open past the provider's horizon is expired, its last stage kept")
{
    Bench bench;
    const sms::Message sent = bench.add_sent(1, sms::Status::sent, "sent", 13 * 24h);
    reconcile::Options options;
    options.inbound = false;
    CHECK(bench.run(options).still_open == 1);
    bench.clock.step(25h);
    const reconcile::Summary summary = bench.run(options);
    CHECK(summary.checked == 1); // once more before it is given up
    CHECK(summary.became_failures == 1);
    CHECK(summary.still_open == 0);
    CHECK(bench.status_of(1) == "expired");
    REQUIRE(bench.changes.size() == 1);
    CHECK(bench.changes.front().event.reason == "still sent after 14 days");
    CHECK(store::Messages(bench.store.scope).by_row(sent.row)->failure->text ==
          "still sent after 14 days");
    bench.clock.step(48h);
    CHECK(bench.run(options).requests == 0);
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

TEST_CASE("what a run had no requests left for is looked at by the next ones")
{
    Bench bench;
    bench.provider.page_size = 3;
    for (int i = 1; i <= 12; ++i)
        bench.known(sid(i), sms::Direction::inbound, "received", i * 10min);
    reconcile::Options options;
    options.max_requests = 2;
    int inbound = bench.run(options).inbound;
    CHECK(inbound == 6);
    CHECK_FALSE(store::Cursors(bench.store.scope).get("reconcile.gaps").empty());
    bench.clock.step(30min);
    bench.known(sid(20), sms::Direction::inbound, "received", 20min); // came in between
    for (int runs = 0; runs < 6; ++runs) {
        inbound += bench.run(options).inbound;
        CHECK(bench.provider.requests.size() <= 2);
    }
    CHECK(inbound == 13);
    CHECK(store::Cursors(bench.store.scope).get("reconcile.gaps").empty());
}

TEST_CASE("however few requests a run may make, nothing waits for ever")
{
    Bench bench;
    const int most = GENERATE(1, 2, 3, 5);
    {
        store::Transaction transaction = bench.store.scope.begin();
        for (int i = 0; i < 4; ++i) {
            bench.add_sent(i, sms::Status::sent, "sent", (i + 1) * 10h);
            sms::Message doubtful = test::make_message();
            doubtful.to = fmt::format("+1415555267{}", i);
            doubtful.status = sms::Status::in_doubt;
            doubtful.created_at = doubtful.status_at = bench.clock.now() - 2h;
            test::store_message(bench.store.scope, doubtful);
            for (int traffic = 0; traffic < 1100; ++traffic) { // so that each is looked up
                sms::Message text = test::make_message();
                text.direction = sms::Direction::inbound;
                text.status = sms::Status::received;
                text.created_at = bench.clock.now() - (i + 1) * 10h - 5h;
                test::store_message(bench.store.scope, text);
            }
        }
        transaction.commit();
    }
    bench.known(sid(9), sms::Direction::inbound, "received", 5h);
    int firsts = 0;
    reconcile::Options options;
    options.older_than = 0s; // asks about the same ones in each run
    options.max_requests = most;
    options.first = [&firsts](reconcile::Summary& summary, int share) {
        summary.requests += share; // it never has enough
        summary.stopped_early = true;
        firsts += share > 0 ? 1 : 0;
    };
    const auto left = [&bench] {
        store::Statement row = bench.store.database.connection().prepare(
            "SELECT count(*) FROM messages WHERE status = 'in_doubt' OR (status = 'sent' AND "
            "polled_at IS NULL)");
        row.step();
        return row.integer(0);
    };
    int inbound = 0;
    int runs = 0;
    for (; runs < 60 && (left() > 0 || inbound == 0); ++runs) {
        const reconcile::Summary summary = bench.run(options);
        inbound += summary.inbound;
        CHECK(summary.requests <= most);
        bench.clock.step(1min);
    }
    CHECK(left() == 0);
    CHECK(inbound == 1);
    CHECK(firsts >= runs / 4);
}

TEST_CASE("a long list is read in parts beside each other, and each message is entered once")
{
    constexpr int count = 9000;
    Bench bench;
    store::Transaction transaction = bench.store.scope.begin();
    for (int i = 0; i < count; ++i) // the provider dates it some seconds later than we do
        bench.add_sent(i, sms::Status::queued, "", 1h + i * 1s + (i % 7) * 1s);
    transaction.commit();
    for (int i = 0; i < count; ++i) {
        providers::RemoteMessage remote;
        remote.provider_id = sid(i);
        remote.status = sms::Status::delivered;
        remote.status_word = "delivered";
        remote.from = test::our_number;
        remote.to = test::their_number;
        remote.created_at = remote.sent_at = bench.clock.now() - 1h - i * 1s;
        bench.provider.known.push_back(std::move(remote));
    }
    reconcile::Options options;
    options.inbound = false;
    const reconcile::Summary summary = bench.run(options);
    CHECK(summary.checked == count);
    CHECK(summary.changed == count);
    CHECK(bench.changes.size() == count);
    CHECK(summary.lookups == 0);
    CHECK(summary.pages <= 9 + 2);
    CHECK(summary.requests == summary.pages);
    CHECK(summary.still_open == 0);
}

TEST_CASE("a doubt that a page brings to light is ended with the evidence kept")
{
    Bench bench;
    sms::Message doubtful = test::make_message();
    doubtful.status = sms::Status::in_doubt;
    doubtful.created_at = doubtful.status_at = bench.clock.now() - 10min;
    doubtful = test::store_message(bench.store.scope, doubtful);
    reconcile::Options options;
    options.inbound = false;
    SECTION("it is there")
    {
        bench.known(sid(1), sms::Direction::outbound, "sent", 10min);
        const reconcile::Summary summary = bench.run(options);
        CHECK(summary.settled == 1);
        CHECK(summary.in_doubt == 0);
        CHECK(bench.status_of(1) == "sent");
        CHECK(bench.changes.front().event.reason.starts_with("the one from"));
    }
    SECTION("it is another's that is there")
    {
        bench.add_sent(1, sms::Status::sent, "sent", 10min);
        options.older_than = 0s;
        CHECK(bench.run(options).settled == 0);
        bench.clock.step(5min);
        CHECK(bench.run(options).settled == 1); // the delay is over
        CHECK(store::Messages(bench.store.scope).by_row(doubtful.row)->provider_id.empty());
    }
    SECTION("a search that was not ended decides nothing")
    {
        bench.clock.step(1h);
        bench.provider.page_size = 1;
        for (int i = 1; i < 9; ++i)
            bench.known(sid(i), sms::Direction::outbound, "sent", 5min).body = "other";
        options.max_requests = 3;
        const reconcile::Summary summary = bench.run(options);
        CHECK(summary.settled == 0);
        CHECK(summary.in_doubt == 1);
        CHECK(summary.stopped_early);
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
