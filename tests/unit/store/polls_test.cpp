#include "store/messages.hpp"
#include "store/polls.hpp"
#include "support/builders.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

using namespace smsctl;
using namespace std::chrono_literals;
using test::noon;

namespace {

std::int64_t
add(store::Scope& scope, sms::Status status, const std::string& provider_id, Millis age)
{
    sms::Message message = test::make_message();
    message.status = status;
    message.provider_id = provider_id;
    message.created_at = message.status_at = noon - age;
    return test::store_message(scope, message).row;
}

std::set<std::int64_t> open(store::Scope& scope, const store::PollQuery& query = {})
{
    std::set<std::int64_t> rows;
    store::Polls(scope).each_open(query, [&](const auto& each) { rows.insert(each.row); });
    return rows;
}

} // namespace

TEST_CASE("what left and is not final is open, and what was charged for and has no price unpriced")
{
    test::TestStore store;
    store::Scope& scope = store.scope;
    const auto sent = add(scope, sms::Status::sent, "SM1", 1h);
    const auto doubt = add(scope, sms::Status::in_doubt, "", 2h);
    const auto delivered = add(scope, sms::Status::delivered, "SM2", 1h);
    add(scope, sms::Status::planned, "", 1h);
    add(scope, sms::Status::failed, "SM3", 1h);
    CHECK(open(scope) == std::set{sent, doubt});
    CHECK(open(scope, {.since = noon - 90min}) == std::set{sent});
    CHECK(open(scope, {.before = noon - 90min}) == std::set{doubt});
    CHECK(open(scope, {.batch_row = 7}).empty());
    store::Polls polls(scope);
    std::set<std::int64_t> unpriced;
    std::set<std::int64_t> still_open;
    polls.each_open_or_unpriced(
        {}, [&](const auto& each) { (each.is_open ? still_open : unpriced).insert(each.row); });
    CHECK(unpriced == std::set{delivered});
    CHECK(still_open == std::set{sent, doubt});
    CHECK(polls.find(doubt)->is_in_doubt);
    CHECK_FALSE(polls.find(sent)->polled_at);
    CHECK(polls.provider_id(sent) == "SM1");
    CHECK(polls.provider_id(doubt).empty());
    CHECK(polls.count(noon - 1h, noon) == 4);
}

TEST_CASE("many ids are looked up and many rows marked at once, and nobody else's")
{
    test::TestStore store;
    const Workspace other = store.add_workspace("other");
    store::Scope elsewhere = store.database.scope(other);
    std::vector<std::string> ids;
    std::vector<std::int64_t> rows;
    for (int i = 0; i < 150; ++i) {
        ids.push_back(fmt::format("SM{}", i));
        rows.push_back(add(store.scope, sms::Status::sent, ids.back(), 1h));
    }
    const auto theirs = add(elsewhere, sms::Status::sent, "SM1", 1h);
    store::Polls polls(store.scope);
    const std::vector<std::string_view> views(ids.begin(), ids.end());
    CHECK(polls.with_provider_ids(views).size() == 150);
    CHECK(polls.with_provider_ids({"SM7", "SM7", "SM999"}).size() == 1);
    CHECK(polls.with_provider_ids({}).empty());
    rows.push_back(theirs);
    polls.set_polled(rows, noon);
    CHECK(polls.find(rows[149])->polled_at == noon);
    CHECK_FALSE(store::Polls(elsewhere).find(theirs)->polled_at);
    CHECK_FALSE(polls.find(theirs));
}

TEST_CASE("a message is given up when it was asked about after the provider's horizon")
{
    test::TestStore store;
    const auto old = add(store.scope, sms::Status::sent, "SM1", 20 * 24h);
    add(store.scope, sms::Status::sent, "SM2", 1h);
    store::Polls polls(store.scope);
    CHECK(polls.given_up(noon - 14 * 24h, noon).empty());
    polls.set_polled({old}, noon);
    CHECK(polls.given_up(noon - 14 * 24h, noon) == std::vector{old});
    CHECK(polls.given_up(noon - 14 * 24h, noon + 1ms).empty());
}
