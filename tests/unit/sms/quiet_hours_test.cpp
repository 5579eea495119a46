#include "core/time_text.hpp"
#include "sms/quiet_hours.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace smsctl;

namespace {

Instant at(const char* text)
{
    return text::parse_rfc3339(text).value();
}

struct Case {
    const char* name;
    const char* zone;
    int from;
    int to;
    const char* now;
    bool quiet;
};

} // namespace

TEST_CASE("quiet hours are counted on the recipient's clock", "[quiet]")
{
    const auto c = GENERATE(values<Case>({
        {"night in New York", "America/New_York", 21 * 60, 8 * 60, "2026-03-03T03:00:00Z", true},
        {"day in New York", "America/New_York", 21 * 60, 8 * 60, "2026-03-03T15:00:00Z", false},
        {"the first quiet minute", "Europe/Berlin", 21 * 60, 8 * 60, "2026-03-02T20:00:00Z", true},
        {"the last loud minute", "Europe/Berlin", 21 * 60, 8 * 60, "2026-03-02T19:59:59Z", false},
        {"the end is loud again", "Europe/Berlin", 21 * 60, 8 * 60, "2026-03-03T07:00:00Z", false},
        {"summer time counts", "Europe/Berlin", 21 * 60, 8 * 60, "2026-07-02T19:30:00Z", true},
        {"within one day", "UTC", 12 * 60, 14 * 60, "2026-03-03T13:00:00Z", true},
        {"outside within one day", "UTC", 12 * 60, 14 * 60, "2026-03-03T14:00:00Z", false},
        {"half an hour off", "Asia/Kolkata", 21 * 60, 8 * 60, "2026-03-03T15:29:00Z", false},
        {"half an hour off, quiet", "Asia/Kolkata", 21 * 60, 8 * 60, "2026-03-03T15:30:00Z", true},
    }));
    DYNAMIC_SECTION(c.name)
    {
        CHECK(sms::quiet_zone({c.zone}, c.from, c.to, at(c.now)).empty() != c.quiet);
    }
}

TEST_CASE("an unknown zone of a wide region is quiet when any of it is", "[quiet]")
{
    const auto zones = sms::zones_of_region("US");
    REQUIRE(std::find(zones.begin(), zones.end(), "America/New_York") != zones.end());
    REQUIRE(std::find(zones.begin(), zones.end(), "Pacific/Honolulu") != zones.end());
    // Noon in New York, early morning in Honolulu.
    CHECK_FALSE(sms::quiet_zone(zones, 21 * 60, 8 * 60, at("2026-03-03T17:00:00Z")).empty());
    // Afternoon in New York, morning in Honolulu.
    CHECK(sms::quiet_zone(zones, 21 * 60, 8 * 60, at("2026-03-03T20:00:00Z")).empty());
}

TEST_CASE("time zones are known by their IANA names", "[quiet]")
{
    CHECK(sms::is_time_zone("Europe/Berlin"));
    CHECK_FALSE(sms::is_time_zone("Europe/Nowhere"));
    CHECK(sms::zones_of_region("ZZ").empty());
}
