#include "core/time_text.hpp"
#include "sim/filters.hpp"
#include "sim/paging.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace smsctl;
using namespace smsctl::sim;

namespace {

const std::vector<std::string_view> sids{"SM1", "SM2", "SM3", "SM4", "SM5"};
constexpr std::string_view path = "/Messages.json";

nlohmann::ordered_json page_of(const http::Form& query)
{
    const auto found = find_page(query, sids);
    REQUIRE(std::holds_alternative<Page>(found));
    return page_json(std::get<Page>(found), path, query, sids);
}

http::Form query_of(const std::string& uri)
{
    return http::decode_form(uri.substr(uri.find('?') + 1));
}

} // namespace

TEST_CASE("a walk forwards sees each record once, and one back the page before")
{
    auto page = page_of({{"PageSize", "2"}, {"To", "+1415"}});
    CHECK(page["start"] == 0);
    CHECK(page["end"] == 1);
    CHECK(page["previous_page_uri"].is_null());
    CHECK(page["next_page_uri"] == "/Messages.json?To=%2B1415&PageSize=2&Page=1&PageToken=PASM2");

    page = page_of(query_of(page["next_page_uri"]));
    CHECK(page["start"] == 2);
    CHECK(page["page"] == 1);
    const auto third = page_of(query_of(page["next_page_uri"]));
    CHECK(third["start"] == 4);
    CHECK(third["end"] == 4);
    CHECK(third["next_page_uri"].is_null());

    const auto back = page_of(query_of(third["previous_page_uri"]));
    CHECK(back["start"] == 2);
    CHECK(back["end"] == 3);
    CHECK(back["page"] == 1);
}

TEST_CASE("an empty list begins and ends at nothing")
{
    const auto found = find_page({}, {});
    const auto page = page_json(std::get<Page>(found), path, {}, {});
    CHECK(page["start"] == 0);
    CHECK(page["end"] == 0);
    CHECK(page["page_size"] == 50);
    CHECK(page["next_page_uri"].is_null());
}

TEST_CASE("a page that cannot be is refused")
{
    struct Row {
        std::string name;
        http::Form query;
        int code;
    };
    const auto row = GENERATE(values<Row>({
        {"more than 1000", {{"PageSize", "1001"}}, 20007},
        {"no record", {{"PageSize", "0"}}, 20007},
        {"a size that is none", {{"PageSize", "many"}}, 20007},
        {"a page without its token", {{"Page", "3"}}, 21481},
        {"a token of nothing", {{"Page", "1"}, {"PageToken", "PASM9"}}, 21481},
        {"a token of another kind", {{"Page", "1"}, {"PageToken", "PXSM1"}}, 21481},
        {"a token too short", {{"Page", "1"}, {"PageToken", "P"}}, 21481},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const auto found = find_page(row.query, sids);
        REQUIRE(std::holds_alternative<Problem>(found));
        CHECK(std::get<Problem>(found).code == row.code);
    }
}

TEST_CASE("messages are filtered by both ends and by the day they were sent")
{
    const auto sent_at = text::parse_rfc3339("2026-03-02T10:15:30.500Z");
    const auto passes = [](const http::Form& query, const std::optional<Instant>& sent) {
        const auto range = DateRange::read(query, "DateSent");
        REQUIRE(std::holds_alternative<DateRange>(range));
        return is_between("+15005550006", "+14155552671", query) &&
               std::get<DateRange>(range).holds(sent);
    };
    struct Row {
        http::Form query;
        bool passes;
    };
    const auto row = GENERATE(values<Row>({
        {{}, true},
        {{{"To", "+14155552671"}}, true},
        {{{"To", " 14155552671"}}, false},
        {{{"From", "+14155552671"}}, false},
        {{{"DateSent", "2026-03-02"}}, true},
        {{{"DateSent", "2026-03-03"}}, false},
        {{{"DateSent", "2026-03-02T23:00:00Z"}}, true},
        {{{"DateSent>", "2026-03-02"}}, true},
        {{{"DateSent>", "2026-03-03"}}, false},
        {{{"DateSent>", "2026-03-02T10:15:30Z"}}, true},
        {{{"DateSent>", "2026-03-02 10:15:31"}}, false},
        {{{"DateSent<", "2026-03-02"}}, false}, // midnight at its start
        {{{"DateSent<", "2026-03-03"}}, true},
        {{{"DateSent<", "Mon, 02 Mar 2026 10:15:30 +0000"}}, true},
        {{{"DateSent>", "2026-03-01"}, {"DateSent<", "2026-03-03"}}, true},
    }));
    DYNAMIC_SECTION(http::encode_form(row.query))
    {
        CHECK(passes(row.query, sent_at) == row.passes);
    }
    CHECK(passes({}, std::nullopt));
    CHECK_FALSE(passes({{"DateSent<", "2030-01-01"}}, std::nullopt));
    const auto refused = DateRange::read({{"DateSent>", "soon"}}, "DateSent");
    CHECK(std::get<Problem>(refused).code == 20422);
}

TEST_CASE("numbers are filtered by a part of the number, with stars, and by name")
{
    PhoneNumber number;
    number.address = "+14155550100";
    number.settings["friendly_name"] = "Desk";
    CHECK(matches(number, http::Form{{"PhoneNumber", "415"}}));
    CHECK(matches(number, http::Form{{"PhoneNumber", "4*555"}}));
    CHECK_FALSE(matches(number, http::Form{{"PhoneNumber", "416"}}));
    CHECK(matches(number, http::Form{{"FriendlyName", "Desk"}}));
    CHECK_FALSE(matches(number, http::Form{{"FriendlyName", "Des"}}));
    CHECK_FALSE(matches(number, http::Form{{"Origin", "hosted"}}));
}
