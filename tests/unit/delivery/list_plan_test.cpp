#include "store/removals.hpp"
#include "support/errors.hpp"
#include "unit/delivery/list_house.hpp"

using namespace smsctl;
using test::ListHouse;

namespace {

const auto quietly = [](std::int64_t) {};

} // namespace

TEST_CASE("a list that another process planned meanwhile is not planned again", "[list_plan]")
{
    ListHouse house;
    const std::string list = ListHouse::numbers(3);
    ListHouse::Judged slow(house, list);
    REQUIRE_FALSE(slow.plan.planned_before());
    const sms::Batch fast = house.plan(list);
    CHECK(test::error_of([&] { slow.plan.commit(quietly, {}); }).code() == "pending.elsewhere");
    CHECK(house.count("SELECT count(*) FROM messages") == 3);
    CHECK(house.count("SELECT count(*) FROM outbox") == 3);
    REQUIRE(store::Batches(house.scope).list(0).size() == 1);
    REQUIRE(slow.plan.planned_before());
    CHECK(slow.plan.planned_before()->id == fast.id);
}

TEST_CASE("what a dead process had planned in part is planned anew, and whole", "[list_plan]")
{
    ListHouse house;
    const std::string list = ListHouse::keyed(5200);
    house.plan_and_die(list);
    REQUIRE(store::Batches(house.scope).list(0).front().state == sms::BatchState::planning);
    REQUIRE(house.count("SELECT count(*) FROM messages") == 5000);

    SECTION("by the same list")
    {
        const sms::Batch batch = house.plan(list);
        CHECK(batch.state == sms::BatchState::planned);
        CHECK(batch.row_count == 5200);
        CHECK(house.count("SELECT count(*) FROM outbox") == 5200);
        CHECK(house.count("SELECT count(DISTINCT to_address) FROM messages") == 5200);
        CHECK(house.count("SELECT count(*) FROM messages WHERE status = 'planned'") == 5200);
    }
    SECTION("by another list with some of its keys")
    {
        const sms::Batch batch = house.plan(ListHouse::keyed(10));
        CHECK(batch.row_count == 10);
        CHECK(house.count("SELECT count(*) FROM messages WHERE key IS NOT NULL") == 10);
    }
    CHECK(store::Batches(house.scope).list(0).size() == 1);
    CHECK(house.count("SELECT sum(message_count) FROM conversations") ==
          house.count("SELECT count(*) FROM messages"));
    CHECK(house.count("SELECT count(*) FROM conversations WHERE last_message_id NOT IN (SELECT id "
                      "FROM messages)") == 0);
}

TEST_CASE("a list sends nothing again whose messages were removed", "[list_plan]")
{
    ListHouse house;
    house.plan(ListHouse::keyed(5));
    house.database.connection().execute("UPDATE messages SET status = 'delivered', is_open = 0");
    {
        store::Transaction transaction = house.scope.begin();
        store::Removals(house.scope).remove({1, 2, 3}, test::noon);
        transaction.commit();
    }
    house.plan(ListHouse::keyed(7)); // another list, with five keys of before
    CHECK(house.count("SELECT count(*) FROM messages WHERE status = 'planned'") == 2);
    CHECK(house.count("SELECT count(*) FROM messages WHERE failure_code = 'blocked.duplicate'") ==
          3);
}

TEST_CASE("two processes that find the same dead plan leave one whole plan", "[list_plan]")
{
    ListHouse house;
    const std::string list = ListHouse::keyed(5200);
    house.plan_and_die(list);
    ListHouse::Judged one(house, list);
    ListHouse::Judged other(house, list);
    REQUIRE_FALSE(one.plan.planned_before());
    REQUIRE_FALSE(other.plan.planned_before());
    // The second looks while the first has but a piece of it: in the very row of the dead one.
    bool refused = false;
    const auto batch = one.plan.commit(
        [&](std::int64_t) {
            refused = test::error_of([&] { other.plan.commit(quietly, {}); }).code() ==
                      "pending.elsewhere";
        },
        {});
    CHECK(refused);
    REQUIRE(batch);
    CHECK(house.count("SELECT count(*) FROM messages") == 5200);
    CHECK(house.count("SELECT count(*) FROM batches WHERE state = 'planned'") == 1);
    CHECK(house.count("SELECT count(*) FROM batches") == 1);
}

TEST_CASE("a key that another message took meanwhile ends the plan, and nothing of it stays",
          "[list_plan]")
{
    ListHouse house;
    const std::string list = ListHouse::keyed(5200);
    ListHouse::Judged slow(house, list);
    sms::Message message = test::make_message("by hand");
    message.key = "k5100"; // of the second piece
    test::store_message(house.scope, message);
    CHECK(test::error_of([&] { slow.plan.commit(quietly, {}); }).code() == "pending.elsewhere");
    CHECK(house.count("SELECT count(*) FROM messages") == 1);
    CHECK(house.count("SELECT count(*) FROM batches") == 0);
}

TEST_CASE("a plan that is stopped leaves nothing", "[list_plan]")
{
    ListHouse house;
    const int before = 3;
    house.plan(ListHouse::numbers(before));
    std::stop_source stop;
    SECTION("before its first piece")
    {
        ListHouse::Judged judged(house, ListHouse::keyed(20));
        stop.request_stop();
        CHECK_FALSE(judged.plan.commit(quietly, stop.get_token()));
    }
    SECTION("between two pieces")
    {
        ListHouse::Judged judged(house, ListHouse::keyed(5200));
        CHECK_FALSE(
            judged.plan.commit([&](std::int64_t) { stop.request_stop(); }, stop.get_token()));
    }
    SECTION("as its pipe ends")
    {
        std::istringstream in(ListHouse::numbers(20));
        templates::Recipients list(in, {});
        delivery::ListPlan plan(house.scope, house.clock, ListHouse::saying());
        stop.request_stop();
        CHECK(plan.read(
                  list, [](const auto&, const auto&) {}, quietly, stop.get_token()) ==
              delivery::ListEnd::stopped);
    }
    CHECK(house.count("SELECT count(*) FROM messages") == before);
    CHECK(house.count("SELECT count(*) FROM batches") == 1);
    CHECK(house.count("SELECT sum(message_count) FROM conversations") == before);
    CHECK(house.count("SELECT count(*) FROM conversations WHERE last_message_id NOT IN (SELECT id "
                      "FROM messages)") == 0);
}

TEST_CASE("the same list is the same batch whenever it is read", "[list_plan]")
{
    ListHouse house;
    auto options = ListHouse::saying();
    std::string list = ListHouse::numbers(3);
    Millis later = std::chrono::hours(10);
    SECTION("with a time of its own in a column")
    {
        list = "to,at\n+14155552000,2026-03-02T12:00:00Z\n+14155552001,2h\n";
    }
    SECTION("to be sent so long from now")
    {
        options.scheduled_at = house.clock.now() + std::chrono::hours(2);
    }
    SECTION("deferred by quiet hours that are over later")
    {
        house.set("quiet-hours", "00:00-20:00");
        options.on_block = sms::OnBlock::defer;
    }
    SECTION("of which some opted out meanwhile") {}
    const sms::Batch batch = house.plan(list, options);
    REQUIRE(house.count("SELECT count(*) FROM outbox") == batch.row_count);
    house.clock.step(later);
    store::OptOuts(house.scope).add("+14155552001", "", "told us", house.clock.now());
    if (options.scheduled_at)
        *options.scheduled_at += later;
    CHECK(house.plan(list, options).id == batch.id);
    options.on_block = sms::OnBlock::fail; // it was judged when it was planned
    CHECK(house.plan(list, options).id == batch.id);
    CHECK(house.count("SELECT count(*) FROM messages") == batch.row_count);
}
