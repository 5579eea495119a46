#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/outbox.hpp"
#include "support/builders.hpp"
#include "support/fake_clock.hpp"
#include "updates/settlement.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;

namespace {

/// A send in doubt, with or without its entry in the outbox.
struct House : test::TestStore {
    sms::Message doubtful(bool has_entry = true)
    {
        sms::Message message = test::make_message();
        message.status = sms::Status::in_doubt;
        message.failure = sms::Failure{"in_doubt", "no answer"};
        message = test::store_message(scope, message);
        if (has_entry)
            store::Outbox(scope).add(
                {.message_row = message.row, .sender = message.from, .due_at = clock.now()});
        return message;
    }
    providers::RemoteMessage remote(const std::string& id = "SM1")
    {
        providers::RemoteMessage made;
        made.provider_id = id;
        made.status = sms::Status::delivered;
        made.status_word = "delivered";
        made.price = Money{7900, "USD"};
        return made;
    }
    sms::Message stored(const sms::Message& message)
    {
        return store::Messages(scope).by_row(message.row).value();
    }

    test::FakeClock clock;
};

} // namespace

TEST_CASE("what is adopted has the provider's id and stage, and leaves the outbox")
{
    House house;
    const sms::Message message = house.doubtful();
    const auto applied =
        updates::adopt(house.scope, house.clock, message.row, house.remote(), "found");
    REQUIRE(applied);
    CHECK(applied->event.kind == sms::EventKind::status);
    CHECK(applied->event.reason == "found");
    const sms::Message stored = house.stored(message);
    CHECK(stored.provider_id == "SM1");
    CHECK(stored.status == sms::Status::delivered);
    CHECK_FALSE(stored.failure);
    CHECK(stored.price->micros == 7900);
    CHECK_FALSE(store::Outbox(house.scope).find(message.row));
    // Once is enough.
    CHECK_FALSE(updates::adopt(house.scope, house.clock, message.row, house.remote("SM2"), "x"));
    CHECK_FALSE(updates::plan_again(house.scope, house.clock, message.row, "x"));
}

TEST_CASE("no provider message is adopted twice")
{
    House house;
    const sms::Message first = house.doubtful();
    const sms::Message second = house.doubtful();
    CHECK(updates::adopt(house.scope, house.clock, first.row, house.remote(), "found"));
    CHECK_FALSE(updates::adopt(house.scope, house.clock, second.row, house.remote(), "found"));
    CHECK(house.stored(second).status == sms::Status::in_doubt);
}

TEST_CASE("news that came before the id was known is applied once it is")
{
    House house;
    const sms::Message message = house.doubtful();
    providers::StatusReport report;
    report.provider_id = "SM1";
    report.status_word = "failed";
    report.status = sms::Status::failed;
    updates::Updates(house.scope, house.clock)
        .apply(report, sms::EventSource::callback, "MessageStatus=failed");
    providers::RemoteMessage remote = house.remote();
    remote.status = sms::Status::sent;
    updates::adopt(house.scope, house.clock, message.row, remote, "found");
    CHECK(house.stored(message).status == sms::Status::failed);
}

TEST_CASE("what was not sent is planned again where somebody comes for it")
{
    House house;
    const sms::Message message = house.doubtful();
    const auto applied = updates::plan_again(house.scope, house.clock, message.row, "none");
    REQUIRE(applied);
    CHECK(applied->event.reason == "none");
    CHECK(house.stored(message).status == sms::Status::planned);
    CHECK_FALSE(house.stored(message).failure);
    const auto entry = store::Outbox(house.scope).find(message.row);
    REQUIRE(entry);
    CHECK(entry->is_scheduled); // by send --due
}

TEST_CASE("an automatic reply is never planned again")
{
    House house;
    const sms::Message reply = house.doubtful(false);
    REQUIRE(updates::plan_again(house.scope, house.clock, reply.row, "none"));
    const sms::Message stored = house.stored(reply);
    CHECK(stored.status == sms::Status::failed);
    CHECK(stored.failure->code == "not_sent");
}

TEST_CASE("a doubt that stays is told of once for each reason")
{
    House house;
    const sms::Message message = house.doubtful();
    CHECK(updates::stay_in_doubt(house.scope, house.clock, message.row, "may be SM1 or SM2"));
    CHECK_FALSE(updates::stay_in_doubt(house.scope, house.clock, message.row, "may be SM1 or SM2"));
    CHECK(house.stored(message).status == sms::Status::in_doubt);
    CHECK(house.stored(message).failure->text == "may be SM1 or SM2");
    store::EventQuery query;
    query.message_row = message.row;
    CHECK(store::EventLog(house.scope).list(query).size() == 1);
}
