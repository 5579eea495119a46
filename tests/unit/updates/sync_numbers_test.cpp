#include "store/numbers.hpp"
#include "support/builders.hpp"
#include "updates/sync_numbers.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace smsctl;
using test::make_number;
using test::noon;
using updates::DifferenceKind;

namespace {

const std::string first_number = "+15550101";
const std::string second_number = "+15550102";
constexpr Instant later = noon + Millis(60'000);

/// A number as a provider lists it: no row and no id of ours.
sms::Number listed(const std::string& address)
{
    sms::Number number = make_number(address);
    number.id.clear();
    return number;
}

sms::Number stored(store::Scope& scope, const std::string& address)
{
    return store::Numbers(scope).by_address(address).value();
}

} // namespace

TEST_CASE("A first sync adds every listed number and a second one finds nothing")
{
    test::TestStore store;
    const std::vector<sms::Number> list{listed(first_number), listed(second_number)};

    const auto sync = updates::sync_numbers(store.scope, list, noon);
    REQUIRE(sync.differences.size() == 2);
    CHECK(sync.active_count == 2);
    for (const auto& difference : sync.differences) {
        CHECK(difference.kind == DifferenceKind::added);
        CHECK(difference.fields.empty());
        CHECK(difference.number.id.starts_with("num_"));
    }
    CHECK(stored(store.scope, first_number).created_at == noon);

    const auto again = updates::sync_numbers(store.scope, list, later);
    CHECK(again.differences.empty());
    CHECK(again.active_count == 2);
    CHECK(stored(store.scope, first_number).updated_at == noon);
}

TEST_CASE("A setting that the provider changed is stored and told field by field")
{
    struct Row {
        std::string name;
        std::function<void(sms::Number&)> change;
        std::string field;
        std::string from;
        std::string to;
    };
    const auto row = GENERATE(
        values<Row>({{"name",
                      [](sms::Number& number) { number.friendly_name = "Desk"; },
                      "friendly_name",
                      "Support",
                      "Desk"},
                     {"address",
                      [](sms::Number& number) { number.address = second_number; },
                      "number",
                      first_number,
                      second_number},
                     {"sms",
                      [](sms::Number& number) { number.capabilities.sms = false; },
                      "capabilities.sms",
                      "true",
                      "false"},
                     {"mms",
                      [](sms::Number& number) { number.capabilities.mms = false; },
                      "capabilities.mms",
                      "true",
                      "false"},
                     {"voice",
                      [](sms::Number& number) { number.capabilities.voice = false; },
                      "capabilities.voice",
                      "true",
                      "false"},
                     {"webhook",
                      [](sms::Number& number) { number.webhook_url = "https://example.com/"; },
                      "webhook_url",
                      "",
                      "https://example.com/"},
                     {"method",
                      [](sms::Number& number) { number.webhook_method = "GET"; },
                      "webhook_method",
                      "POST",
                      "GET"}}));
    DYNAMIC_SECTION(row.name)
    {
        test::TestStore store;
        updates::sync_numbers(store.scope, {listed(first_number)}, noon);
        sms::Number number = listed(first_number);
        row.change(number);

        const auto sync = updates::sync_numbers(store.scope, {number}, later);
        REQUIRE(sync.differences.size() == 1);
        const auto& difference = sync.differences.front();
        CHECK(difference.kind == DifferenceKind::changed);
        REQUIRE(difference.fields.size() == 1);
        CHECK(difference.fields.front().field == row.field);
        CHECK(difference.fields.front().from == row.from);
        CHECK(difference.fields.front().to == row.to);
        const sms::Number now = stored(store.scope, number.address);
        CHECK(updates::differences_between(now, difference.number).empty());
        CHECK(now.updated_at == later);
        CHECK(updates::sync_numbers(store.scope, {number}, later).differences.empty());
    }
}

TEST_CASE("What the provider does not know of a number survives a sync")
{
    test::TestStore store;
    sms::Number ours = make_number(first_number);
    ours.owner = "ana";
    ours.has_previous_webhook = true;
    ours.previous_webhook_url = "https://example.com/before";
    ours.previous_webhook_method = "GET";
    store::Numbers(store.scope).insert(ours);
    sms::Number number = listed(first_number);
    number.friendly_name = "Desk";

    updates::sync_numbers(store.scope, {number}, later);
    const sms::Number now = stored(store.scope, first_number);
    CHECK(now.id == ours.id);
    CHECK(now.friendly_name == "Desk");
    CHECK(now.owner == "ana");
    CHECK(now.has_previous_webhook);
    CHECK(now.previous_webhook_url == "https://example.com/before");
    CHECK(now.previous_webhook_method == "GET");
    CHECK(now.created_at == noon);
}

TEST_CASE("A vanished number becomes inactive once and comes back under its old id")
{
    test::TestStore store;
    updates::sync_numbers(store.scope, {listed(first_number), listed(second_number)}, noon);
    const std::string id = stored(store.scope, second_number).id;

    const auto gone = updates::sync_numbers(store.scope, {listed(first_number)}, later);
    REQUIRE(gone.differences.size() == 1);
    CHECK(gone.differences.front().kind == DifferenceKind::removed);
    CHECK(gone.active_count == 1);
    CHECK_FALSE(stored(store.scope, second_number).active);
    CHECK(store::Numbers(store.scope).list(false).size() == 1);
    CHECK(updates::sync_numbers(store.scope, {listed(first_number)}, later).differences.empty());

    const auto back =
        updates::sync_numbers(store.scope, {listed(first_number), listed(second_number)}, later);
    REQUIRE(back.differences.size() == 1);
    CHECK(back.differences.front().kind == DifferenceKind::added);
    CHECK(back.differences.front().number.id == id);
    CHECK(stored(store.scope, second_number).active);
}

TEST_CASE("A number that stands on two pages of the list is taken once")
{
    test::TestStore store;
    const auto sync =
        updates::sync_numbers(store.scope, {listed(first_number), listed(first_number)}, noon);
    CHECK(sync.differences.size() == 1);
    CHECK(sync.active_count == 1);
    CHECK(store::Numbers(store.scope).list(true).size() == 1);
}

TEST_CASE("Comparing finds the same differences and writes nothing")
{
    test::TestStore store;
    const auto compared = updates::compare_numbers(store.scope, {listed(first_number)}, noon);
    CHECK(compared.differences.size() == 1);
    CHECK(store::Numbers(store.scope).list(true).empty());
}

TEST_CASE("A sync in one workspace leaves the numbers of another alone")
{
    test::TestStore store;
    const Workspace other = store.add_workspace("other");
    store::Scope other_scope = store.database.scope(other);
    updates::sync_numbers(other_scope, {listed(second_number)}, noon);

    const auto sync = updates::sync_numbers(store.scope, {listed(first_number)}, noon);
    CHECK(sync.differences.size() == 1);
    CHECK(stored(other_scope, second_number).active);
    CHECK_FALSE(store::Numbers(other_scope).by_address(first_number));
}

TEST_CASE("Pruning forgets what is no longer listed, also what was kept before")
{
    test::TestStore store;
    updates::sync_numbers(store.scope, {listed(first_number), listed(second_number)}, noon);
    updates::sync_numbers(store.scope, {listed(first_number)}, later);
    CHECK(store::Numbers(store.scope).list(true).size() == 2);

    const auto planned =
        updates::compare_numbers(store.scope, {}, later, updates::Vanished::pruned);
    CHECK(planned.differences.size() == 2);
    CHECK(store::Numbers(store.scope).list(true).size() == 2);

    const auto sync = updates::sync_numbers(
        store.scope, {listed(first_number)}, later, updates::Vanished::pruned);
    REQUIRE(sync.differences.size() == 1);
    CHECK(sync.differences[0].kind == DifferenceKind::removed);
    CHECK(sync.differences[0].number.address == second_number);
    CHECK(store::Numbers(store.scope).list(true).size() == 1);
    CHECK(
        updates::sync_numbers(store.scope, {listed(first_number)}, later, updates::Vanished::pruned)
            .differences.empty());
}
