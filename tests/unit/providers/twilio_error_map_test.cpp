#include "providers/twilio/error_map.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <set>
#include <utility>

namespace twilio = smsctl::providers::twilio;
using smsctl::providers::Retry;

namespace {

/// Every number that Twilio's protocol text lists for messages, numbers, webhooks and channels.
// clang-format off
constexpr std::array single_codes{
    10001, 10002, 11100, 11200, 11205, 11206, 11210, 11215, 11216, 11217, 11220, 11235, 11236, 11237,
    11240, 11241, 11242, 11243, 11320, 11321, 11322, 11750, 11751, 11770, 12100, 12101, 12102, 12200,
    12300, 12400, 14101, 14102, 14103, 14104, 14105, 14107, 14109, 14110, 14111, 20001, 20002, 20003,
    20004, 20005, 20006, 20007, 20008, 20009, 20010, 20403, 20404, 20409, 20422, 20429, 20500, 20503,
    20504, 21211, 21212, 21217, 21265, 21266, 21267, 21268, 21401, 21402, 21403, 21406, 21407, 21408,
    21420, 21421, 21422, 21452, 21470, 21471, 21472, 21481, 21601, 21602, 21603, 21604, 21605, 21606,
    21608, 21609, 21610, 21611, 21612, 21614, 21616, 21617, 21618, 21619, 21620, 21621, 21622, 21623,
    21624, 21627, 21635, 21654, 21655, 21656, 21657, 21658, 21659, 21660, 21661, 21701, 21702, 21703,
    21704, 21705, 21708, 21709, 21710, 21711, 21712, 21714, 21715, 30001, 30002, 30003, 30004, 30005,
    30006, 30007, 30008, 30009, 30010, 30011, 30017, 30018, 30019, 30020, 30021, 30022, 30023, 30024,
    30025, 30026, 30027, 30028, 30029, 30030, 30032, 30033, 30034, 30035, 30036, 30037, 30038, 30039,
    30040, 30041, 30042, 30043, 30400, 30404, 30409, 30410, 30450, 30451, 30452, 30453, 30454, 30485,
    30500, 30610, 30615, 30620, 30630, 32009, 32018, 32203, 35111, 35114, 35115, 35117, 35118, 35125,
    35126, 63001, 63003, 63005, 63007, 63008, 63009, 63010, 63012, 63013, 63014, 63015, 63016, 63017,
    63018, 63019, 63020, 63021, 63024, 63027, 63028, 63032, 63033, 63034, 63036, 63038, 63040, 63041,
    63042, 63049, 63051,
};
// clang-format on
constexpr std::array runs{
    std::pair{30440, 30449}, std::pair{30455, 30480}, std::pair{30880, 30909}};

} // namespace

TEST_CASE("every listed error number is explained, with something to do")
{
    const auto check = [](int code) {
        INFO(code);
        const twilio::ErrorRow* const row = twilio::explain(code);
        REQUIRE(row != nullptr);
        CHECK_FALSE(row->meaning.empty());
        CHECK_FALSE(row->advice.empty());
    };
    for (const int code : single_codes)
        check(code);
    for (const auto& [first, last] : runs)
        for (int code = first; code <= last; ++code)
            check(code);
}

TEST_CASE("no error number is explained twice")
{
    std::set<std::pair<int, int>> seen;
    for (const twilio::ErrorRow& row : twilio::error_rows()) {
        INFO(row.first);
        CHECK(row.first <= row.last);
        CHECK(seen.emplace(row.first, row.last).second);
        CHECK((row.first != row.last || twilio::explain(row.first) == &row));
    }
}

TEST_CASE("the table says whether trying again can help")
{
    struct Row {
        const char* name;
        int code;
        Retry retry;
    };
    const auto row = GENERATE(Row{"opted out", 21610, Retry::never},
                              Row{"wrong credentials", 20003, Retry::after_change},
                              Row{"too many requests", 20429, Retry::later},
                              Row{"queue full", 21611, Retry::later},
                              Row{"carrier gave no reason", 30008, Retry::unknown},
                              Row{"voice number inside a run", 32018, Retry::never});
    DYNAMIC_SECTION(row.name)
    {
        REQUIRE(twilio::explain(row.code) != nullptr);
        CHECK(twilio::explain(row.code)->retry == row.retry);
    }
}

TEST_CASE("a number we do not know has no explanation but a page")
{
    CHECK(twilio::explain(99999) == nullptr);
    CHECK(twilio::explain(std::nullopt) == nullptr);
    CHECK(twilio::error_page(99999) == "https://www.twilio.com/docs/errors/99999");
}
