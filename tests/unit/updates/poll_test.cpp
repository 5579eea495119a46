#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/polls.hpp"
#include "store/removals.hpp"
#include "support/builders.hpp"
#include "updates/poll.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace smsctl;
using test::noon;

namespace {

struct House : test::TestStore {
    explicit House(sms::Status status)
    {
        sms::Message message = test::make_message();
        message.provider_id = "SM1";
        message.status = status;
        message.status_at = noon;
        row = test::store_message(scope, message).row;
    }
    /// Enters a poll as a page of a list does.
    std::optional<sms::Event> poll(const providers::RemoteMessage& remote)
    {
        auto stored = store::Polls(scope).with_provider_ids({"SM0", "SM1", "SM2"});
        REQUIRE(stored.size() == 1);
        return enter(remote, stored.front());
    }
    std::optional<sms::Event> enter(const providers::RemoteMessage& remote, sms::Message& known)
    {
        store::EventLog log(scope);
        auto event =
            updates::enter_poll(scope, remote, known, log.next_seq(), noon + std::chrono::hours(1));
        if (event)
            log.append(*event);
        return event;
    }
    sms::Message message() { return store::Messages(scope).by_row(row).value(); }
    std::size_t events()
    {
        store::EventQuery query;
        query.message_row = row;
        return store::EventLog(scope).list(query).size();
    }

    std::int64_t row = 0;
};

providers::RemoteMessage remote(const std::string& word)
{
    providers::RemoteMessage made;
    made.provider_id = "SM1";
    made.status_word = word;
    made.status = sms::parse_status(word);
    return made;
}

} // namespace

TEST_CASE("a poll writes what changed and nothing else, and leaves the texts alone")
{
    House house(sms::Status::sent);
    const sms::Message before = house.message();
    CHECK_FALSE(house.poll(remote("sent")));
    CHECK(house.events() == 0);
    CHECK(house.message().seq == before.seq);

    providers::RemoteMessage delivered = remote("delivered");
    delivered.segments = 2;
    delivered.updated_at = noon + std::chrono::minutes(3);
    const auto event = house.poll(delivered);
    REQUIRE(event);
    CHECK(event->kind == sms::EventKind::status);
    CHECK(event->source == sms::EventSource::poll);
    const sms::Message after = house.message();
    CHECK(after.status == sms::Status::delivered);
    CHECK(after.delivered_at == delivered.updated_at);
    CHECK(after.segments == 2);
    CHECK(after.seq == event->seq);
    CHECK(after.body == before.body);
    CHECK(after.to == before.to);
    CHECK(after.encoding == before.encoding);
    CHECK(after.created_at == before.created_at);

    CHECK_FALSE(house.poll(delivered));
    CHECK_FALSE(house.poll(remote("sent"))); // never back
    CHECK(house.events() == 1);
}

TEST_CASE("a price and a reason that come later are filled in")
{
    House house(sms::Status::undelivered);
    providers::RemoteMessage known = remote("undelivered");
    known.failure = sms::Failure{"30003", "unreachable"};
    auto event = house.poll(known);
    REQUIRE(event);
    CHECK(event->kind == sms::EventKind::change);
    CHECK(house.message().failure->code == "30003");
    known.price = Money{7900, "USD"};
    REQUIRE(house.poll(known));
    CHECK(house.message().price->micros == 7900);
    CHECK_FALSE(house.poll(known));
}

TEST_CASE("an unknown status moves nothing")
{
    House house(sms::Status::sent);
    CHECK_FALSE(house.poll(remote("teleported")));
    CHECK(house.message().status == sms::Status::sent);
}

TEST_CASE("what was read before the transaction is read anew where something else changed it")
{
    House house(sms::Status::queued);
    const auto read = [&house] {
        return store::Polls(house.scope).with_provider_ids({"SM1"}).at(0);
    };
    sms::Message old = read();
    REQUIRE(house.poll(remote("delivered")));
    CHECK_FALSE(house.enter(remote("sent"), old)); // never back
    CHECK(house.message().status == sms::Status::delivered);
    CHECK(old.status == sms::Status::delivered);

    old = read();
    providers::RemoteMessage priced = remote("delivered");
    priced.price = Money{7900, "USD"};
    REQUIRE(house.poll(priced));
    CHECK_FALSE(house.enter(priced, old)); // told already
    CHECK(house.events() == 2);

    sms::Message gone = read();
    gone.status = sms::Status::sent; // or there would be no news
    store::Removals(house.scope).remove({house.row}, noon);
    CHECK_FALSE(house.enter(remote("delivered"), gone));
}
