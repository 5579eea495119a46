#include "core/text.hpp"
#include "core/time_text.hpp"
#include "support/env_var.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>

using namespace smsctl;

namespace {

Instant at(long long millis)
{
    return Instant(Millis(millis));
}

constexpr long long march_second = 1'772'446'272'345; // 2026-03-02T10:11:12.345Z

} // namespace

TEST_CASE("UTF-8 is told from what only looks like it")
{
    struct Row {
        std::string name, bytes;
        bool is_utf8;
        std::string repaired;
    };
    const auto row = GENERATE(values<Row>({
        {"nothing", "", true, ""},
        {"ASCII with NUL", std::string("a\0b", 3), true, std::string("a\0b", 3)},
        {"one to four bytes", "aé€😀", true, "aé€😀"},
        {"the last code point", "\xF4\x8F\xBF\xBF", true, "\xF4\x8F\xBF\xBF"},
        {"past the last code point", "\xF4\x90\x80\x80", false, "\uFFFD\uFFFD\uFFFD\uFFFD"},
        {"overlong NUL", "\xC0\x80", false, "\uFFFD\uFFFD"},
        {"overlong slash in three", "\xE0\x80\xAF", false, "\uFFFD\uFFFD\uFFFD"},
        {"overlong in four", "\xF0\x8F\xBF\xBF", false, "\uFFFD\uFFFD\uFFFD\uFFFD"},
        {"surrogate", "\xED\xA0\x80", false, "\uFFFD\uFFFD\uFFFD"},
        {"last before the surrogates", "\xED\x9F\xBF", true, "\xED\x9F\xBF"},
        {"Latin-1", "caf\xE9", false, "caf\uFFFD"},
        {"cut short at the end", "a\xE2\x82", false, "a\uFFFD"},
        {"cut short before a letter", "\xF0\x9F\x98z", false, "\uFFFDz"},
        {"lone continuation", "\x80y", false, "\uFFFDy"},
        {"never a byte of UTF-8", "\xFF\xFE", false, "\uFFFD\uFFFD"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        CHECK(text::is_utf8(row.bytes) == row.is_utf8);
        CHECK(text::to_utf8(row.bytes) == row.repaired);
    }
}

TEST_CASE("white space and case are those of ASCII")
{
    CHECK(text::trim(" \t\r\n\v\fa b\n") == "a b");
    CHECK(text::trim("\u00a0a") == "\u00a0a");
    CHECK(text::trim(" \n ").empty());
    CHECK(text::lower("ÄSTOP1") == "Ästop1");
    CHECK(text::upper("äus") == "äUS");
    CHECK(text::equal_ignoring_case("Stop", "sTOP"));
    CHECK_FALSE(text::equal_ignoring_case("Stop", "Stopp"));
}

TEST_CASE("a text is split at every separator")
{
    CHECK(text::split("a,b", ',') == std::vector<std::string_view>{"a", "b"});
    CHECK(text::split(",", ',') == std::vector<std::string_view>{"", ""});
    CHECK(text::split("", ',') == std::vector<std::string_view>{""});
}

TEST_CASE("a whole number is read or not at all")
{
    struct Row {
        std::string text;
        std::optional<long long> value;
    };
    const auto row = GENERATE(values<Row>({
        {"0", 0},
        {"-12", -12},
        {"9223372036854775807", 9223372036854775807LL},
        {"9223372036854775808", std::nullopt},
        {"", std::nullopt},
        {"+1", std::nullopt},
        {" 1", std::nullopt},
        {"1 ", std::nullopt},
        {"1.0", std::nullopt},
        {"0x10", std::nullopt},
    }));
    DYNAMIC_SECTION('"' << row.text << '"')
    {
        CHECK(text::to_integer(row.text) == row.value);
    }
}

TEST_CASE("the distance of two words counts slips of the finger")
{
    struct Row {
        std::string left, right;
        std::size_t distance;
    };
    const auto row = GENERATE(values<Row>({
        {"", "", 0},
        {"", "abc", 3},
        {"send", "send", 0},
        {"sned", "send", 1},
        {"sen", "send", 1},
        {"sendd", "send", 1},
        {"sand", "send", 1},
        {"kitten", "sitting", 3},
        {"ca", "abc", 3},
        {"inbox", "tail", 5},
    }));
    DYNAMIC_SECTION(row.left << " to " << row.right)
    {
        CHECK(text::edit_distance(row.left, row.right) == row.distance);
        CHECK(text::edit_distance(row.right, row.left) == row.distance);
    }
}

TEST_CASE("a text is as long as its UTF-16 units")
{
    CHECK(text::utf16_units("") == 0);
    CHECK(text::utf16_units("abc") == 3);
    CHECK(text::utf16_units("\xC3\xA4\xE2\x82\xAC") == 2);
    CHECK(text::utf16_units("\xF0\x9F\x98\x80!") == 3);
}

TEST_CASE("an instant is written as RFC 3339, RFC 2822 and a date")
{
    CHECK(text::rfc3339(at(march_second)) == "2026-03-02T10:11:12.345Z");
    CHECK(text::rfc3339(at(0)) == "1970-01-01T00:00:00.000Z");
    CHECK(text::rfc3339(at(-1)) == "1969-12-31T23:59:59.999Z");
    CHECK(text::rfc2822(at(march_second)) == "Mon, 02 Mar 2026 10:11:12 +0000");
    CHECK(text::iso_date(at(march_second)) == "2026-03-02");
}

TEST_CASE("RFC 3339 is read with any offset and fraction")
{
    struct Row {
        std::string text;
        std::optional<long long> millis;
    };
    const auto row = GENERATE(values<Row>({
        {"2026-03-02T10:11:12.345Z", march_second},
        {"2026-03-02t10:11:12.345z", march_second},
        {"2026-03-02 11:11:12.345+01:00", march_second},
        {"2026-03-02T04:41:12.345-0530", march_second},
        {"2026-03-02T10:11:12.3456789Z", march_second},
        {"2026-03-02T10:11:12Z", march_second - 345},
        {"2024-02-29T00:00:00Z", 1'709'164'800'000},
        {"2016-12-31T23:59:60Z", 1'483'228'800'000},
        {"2026-02-29T00:00:00Z", std::nullopt},
        {"2026-13-01T00:00:00Z", std::nullopt},
        {"2026-00-10T00:00:00Z", std::nullopt},
        {"2026-03-02T24:00:00Z", std::nullopt},
        {"2026-03-02T10:60:00Z", std::nullopt},
        {"2026-03-02T10:11:12", std::nullopt},
        {"2026-03-02T10:11:12.Z", std::nullopt},
        {"2026-03-02T10:11:12+24:00", std::nullopt},
        {"2026-03-02T10:11:12Zx", std::nullopt},
        {"2026-3-2T10:11:12Z", std::nullopt},
        {"2026-03-02", std::nullopt},
        {"", std::nullopt},
    }));
    DYNAMIC_SECTION('"' << row.text << '"')
    {
        const auto instant = text::parse_rfc3339(row.text);
        REQUIRE(instant.has_value() == row.millis.has_value());
        if (instant)
            CHECK(instant->time_since_epoch().count() == *row.millis);
    }
}

TEST_CASE("RFC 2822 is read as providers write it")
{
    struct Row {
        std::string text;
        std::optional<long long> millis;
    };
    const long long whole = march_second - 345;
    const auto row = GENERATE_COPY(values<Row>({
        {"Mon, 02 Mar 2026 10:11:12 +0000", whole},
        {"Mon, 2 Mar 2026 10:11:12 +0000", whole},
        {"02 Mar 2026 10:11:12 GMT", whole},
        {"Mon, 02 Mar 2026 02:11:12 -0800", whole},
        {"Mon, 02 Mar 2026 10:11:12", std::nullopt},
        {"Mon, 31 Feb 2026 10:11:12 +0000", std::nullopt},
        {"Mon, 02 Mrz 2026 10:11:12 +0000", std::nullopt},
        {"Mon, 02 Mar 2026 10:11:12 +0000 x", std::nullopt},
        {"Mon, 02 Mar", std::nullopt},
        {"Mon, ", std::nullopt},
        {"", std::nullopt},
    }));
    DYNAMIC_SECTION('"' << row.text << '"')
    {
        const auto instant = text::parse_rfc2822(row.text);
        REQUIRE(instant.has_value() == row.millis.has_value());
        if (instant)
            CHECK(instant->time_since_epoch().count() == *row.millis);
    }
}

TEST_CASE("a length of time is a whole number and a unit, or several")
{
    struct Row {
        std::string text;
        std::optional<long long> millis;
    };
    const auto row = GENERATE(values<Row>({
        {"250ms", 250},
        {"90s", 90'000},
        {"15m", 900'000},
        {"2h", 7'200'000},
        {"7d", 604'800'000},
        {"1h30m", 5'400'000},
        {"0s", 0},
        {"36600d", 3'162'240'000'000},
        {"36601d", std::nullopt},
        {"36600d1ms", std::nullopt},
        {"99999999999999999999s", std::nullopt},
        {"", std::nullopt},
        {"5", std::nullopt},
        {"s", std::nullopt},
        {"-5s", std::nullopt},
        {"1.5h", std::nullopt},
        {"5 s", std::nullopt},
        {"5S", std::nullopt},
        {"1h30", std::nullopt},
    }));
    DYNAMIC_SECTION('"' << row.text << '"')
    {
        const auto length = text::parse_duration(row.text);
        REQUIRE(length.has_value() == row.millis.has_value());
        if (length)
            CHECK(length->count() == *row.millis);
    }
}

TEST_CASE("a time argument is an instant, a local date or a length from now")
{
    const test::EnvVar zone("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
    const Instant now = at(march_second);
    const auto parsed = [&](const std::string& text) {
        return text::parse_time(text, now, text::DurationMeans::ago);
    };
    CHECK(parsed("1h") == now - std::chrono::hours(1));
    CHECK(text::parse_time("1h", now, text::DurationMeans::from_now) ==
          now + std::chrono::hours(1));
    CHECK(parsed("2026-03-02T10:11:12.345Z") == now);
    CHECK(parsed("2026-03-02") == text::parse_rfc3339("2026-03-02T00:00:00+01:00"));
    CHECK(parsed("2026-07-01 08:30") == text::parse_rfc3339("2026-07-01T08:30:00+02:00"));
    CHECK(parsed("2026-07-01T08:30:15") == text::parse_rfc3339("2026-07-01T08:30:15+02:00"));
    CHECK_FALSE(parsed("2026-02-30"));
    CHECK_FALSE(parsed("2026-03-02 25:00"));
    CHECK_FALSE(parsed("2026-03-02 10"));
    CHECK_FALSE(parsed("yesterday"));
    CHECK_FALSE(parsed(""));
}

TEST_CASE("a shell reads a quoted text as one word")
{
    CHECK(text::shell_quoted("http://a/?b=1&c=2") == "'http://a/?b=1&c=2'");
    CHECK(text::shell_quoted("it's") == "'it'\\''s'");
    CHECK(text::shell_quoted("") == "''");
}
