#include "core/time_text.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <limits>

namespace smsctl::text {

namespace {

constexpr std::array<std::string_view, 12> month_names{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> day_names{
    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

/// Reads digits and separators off the front of a text; `ok` turns false at the first misfit.
struct Cursor {
    std::string_view rest;
    bool ok = true;

    int number(std::size_t digits)
    {
        int value = 0;
        if (rest.size() < digits) {
            ok = false;
            return 0;
        }
        for (const char c : rest.substr(0, digits)) {
            if (c < '0' || c > '9')
                ok = false;
            value = value * 10 + (c - '0');
        }
        rest.remove_prefix(digits);
        return value;
    }

    bool take(char c)
    {
        if (!rest.starts_with(c))
            return false;
        rest.remove_prefix(1);
        return true;
    }

    void expect(char c) { ok = take(c) && ok; }
};

std::optional<std::chrono::sys_days> make_date(int year, int month, int day)
{
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok())
        return std::nullopt;
    return std::chrono::sys_days(date);
}

/// "+01:00", "-0500" or "Z" as minutes east of UTC.
int read_offset(Cursor& cursor)
{
    if (cursor.take('Z') || cursor.take('z'))
        return 0;
    const bool west = cursor.rest.starts_with('-');
    if (!cursor.take('-'))
        cursor.expect('+');
    const int hours = cursor.number(2);
    cursor.take(':');
    const int minutes = cursor.number(2);
    cursor.ok = cursor.ok && hours < 24 && minutes < 60;
    return (west ? -1 : 1) * (hours * 60 + minutes);
}

std::optional<Instant> parse_local(std::string_view text)
{
    Cursor cursor{text};
    std::tm parts{};
    parts.tm_year = cursor.number(4) - 1900;
    cursor.expect('-');
    parts.tm_mon = cursor.number(2) - 1;
    cursor.expect('-');
    parts.tm_mday = cursor.number(2);
    if (cursor.ok && !cursor.rest.empty()) {
        if (!cursor.take(' '))
            cursor.expect('T');
        parts.tm_hour = cursor.number(2);
        cursor.expect(':');
        parts.tm_min = cursor.number(2);
        if (cursor.take(':'))
            parts.tm_sec = cursor.number(2);
    }
    if (!cursor.ok || !cursor.rest.empty() || parts.tm_hour > 23 || parts.tm_min > 59 ||
        parts.tm_sec > 59 || !make_date(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday))
        return std::nullopt;
    parts.tm_isdst = -1;
    return Instant(std::chrono::seconds(std::mktime(&parts)));
}

} // namespace

std::string rfc3339(Instant instant)
{
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(instant - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                       static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()),
                       time.hours().count(),
                       time.minutes().count(),
                       time.seconds().count(),
                       time.subseconds().count());
}

std::string rfc3339_seconds(Instant instant)
{
    constexpr std::size_t without_fraction = 19;
    return rfc3339(instant).substr(0, without_fraction) + "Z";
}

std::optional<Instant> parse_rfc3339(std::string_view text)
{
    Cursor cursor{text};
    const int year = cursor.number(4);
    cursor.expect('-');
    const int month = cursor.number(2);
    cursor.expect('-');
    const int day = cursor.number(2);
    if (!cursor.take(' ') && !cursor.take('t'))
        cursor.expect('T');
    const int hour = cursor.number(2);
    cursor.expect(':');
    const int minute = cursor.number(2);
    cursor.expect(':');
    const int second = cursor.number(2);
    int millis = 0;
    if (cursor.take('.')) {
        int scale = 100;
        if (cursor.rest.empty() || cursor.rest.front() < '0' || cursor.rest.front() > '9')
            return std::nullopt;
        while (!cursor.rest.empty() && cursor.rest.front() >= '0' && cursor.rest.front() <= '9') {
            millis += (cursor.rest.front() - '0') * scale;
            scale /= 10;
            cursor.rest.remove_prefix(1);
        }
    }
    const int offset = read_offset(cursor);
    const auto date = make_date(year, month, day);
    if (!cursor.ok || !cursor.rest.empty() || !date || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    return Instant(*date) + std::chrono::hours(hour) + std::chrono::minutes(minute - offset) +
           std::chrono::seconds(second) + Millis(millis);
}

std::string rfc2822(Instant instant)
{
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(instant - day));
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
                       day_names[std::chrono::weekday(day).c_encoding()],
                       static_cast<unsigned>(date.day()),
                       month_names[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()),
                       time.hours().count(),
                       time.minutes().count(),
                       time.seconds().count());
}

std::optional<Instant> parse_rfc2822(std::string_view text)
{
    Cursor cursor{text};
    if (const std::size_t comma = text.find(", "); comma != std::string_view::npos)
        cursor.rest.remove_prefix(comma + 2);
    const std::size_t day_digits = cursor.rest.find(' ');
    if (day_digits != 1 && day_digits != 2)
        return std::nullopt;
    const int day = cursor.number(day_digits);
    cursor.expect(' ');
    const auto* const month =
        std::find(month_names.begin(), month_names.end(), cursor.rest.substr(0, 3));
    if (month == month_names.end())
        return std::nullopt;
    cursor.rest.remove_prefix(3);
    cursor.expect(' ');
    const int year = cursor.number(4);
    cursor.expect(' ');
    const int hour = cursor.number(2);
    cursor.expect(':');
    const int minute = cursor.number(2);
    cursor.expect(':');
    const int second = cursor.number(2);
    cursor.expect(' ');
    int offset = 0;
    if (cursor.rest == "GMT")
        cursor.rest = {};
    else
        offset = read_offset(cursor);
    const auto date = make_date(year, static_cast<int>(month - month_names.begin()) + 1, day);
    if (!cursor.ok || !cursor.rest.empty() || !date || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    return Instant(*date) + std::chrono::hours(hour) + std::chrono::minutes(minute - offset) +
           std::chrono::seconds(second);
}

std::string iso_date(Instant instant)
{
    return rfc3339(instant).substr(0, 10);
}

std::optional<Millis> parse_duration(std::string_view text)
{
    struct Unit {
        std::string_view name;
        std::int64_t millis;
    };
    constexpr std::array units{Unit{"ms", 1},
                               Unit{"s", 1000},
                               Unit{"m", 60'000},
                               Unit{"h", 3'600'000},
                               Unit{"d", 86'400'000}};
    if (text.empty())
        return std::nullopt;
    constexpr std::int64_t century = 100LL * 366 * 86'400'000;
    std::int64_t total = 0;
    while (!text.empty()) {
        const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto count = to_integer(text.substr(0, digits));
        text.remove_prefix(digits);
        const std::size_t letters = std::min(text.find_first_of("0123456789"), text.size());
        const auto* const unit =
            std::find_if(units.begin(), units.end(), [&](const Unit& candidate) {
                return candidate.name == text.substr(0, letters);
            });
        if (!count || unit == units.end())
            return std::nullopt;
        if (*count > century / unit->millis)
            return std::nullopt;
        total += *count * unit->millis;
        if (total > century)
            return std::nullopt;
        text.remove_prefix(letters);
    }
    return Millis(total);
}

std::optional<Instant> parse_time(std::string_view text, Instant now, DurationMeans means)
{
    if (const auto length = parse_duration(text))
        return means == DurationMeans::ago ? now - *length : now + *length;
    if (const auto instant = parse_rfc3339(text))
        return instant;
    return parse_local(text);
}

} // namespace smsctl::text
