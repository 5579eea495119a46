#include "sim/filters.hpp"

#include "core/time_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace smsctl::sim {

namespace {

constexpr std::size_t date_length = 10;

/// "2026-03-01", RFC 3339 and RFC 2822; also a blank between date and time, read as UTC.
std::optional<Instant> parse_date(std::string_view text)
{
    if (text.size() == date_length)
        return text::parse_rfc3339(fmt::format("{}T00:00:00Z", text));
    if (const auto instant = text::parse_rfc3339(text))
        return instant;
    if (text.size() > date_length && text[date_length] == ' ')
        return text::parse_rfc3339(
            fmt::format("{}T{}Z", text.substr(0, date_length), text.substr(date_length + 1)));
    return text::parse_rfc2822(text);
}

bool is_part(std::string_view pattern, std::string_view address)
{
    const auto fits = [](char wanted, char is) {
        return wanted == is || (wanted == '*' && std::isdigit(static_cast<unsigned char>(is)) != 0);
    };
    return std::search(address.begin(),
                       address.end(),
                       pattern.begin(),
                       pattern.end(),
                       [&](char is, char wanted) { return fits(wanted, is); }) != address.end();
}

} // namespace

std::variant<DateRange, Problem> DateRange::read(const http::Form& query, std::string_view name)
{
    DateRange range;
    const std::array<std::pair<const char*, std::optional<Instant>*>, 3> bounds{
        {{"", &range.m_day}, {"<", &range.m_latest}, {">", &range.m_earliest}}};
    for (const auto& [comparison, bound] : bounds) {
        const std::string filter = fmt::format("{}{}", name, comparison);
        const std::string_view text = http::first(query, filter);
        if (text.empty())
            continue;
        *bound = parse_date(text);
        if (!*bound)
            return Problem{400, 20422, fmt::format("Invalid value for {}: {}", filter, text), {}};
    }
    return range;
}

bool DateRange::holds(const std::optional<Instant>& instant) const
{
    if (!m_day && !m_latest && !m_earliest)
        return true;
    if (!instant)
        return false;
    const auto second = std::chrono::floor<std::chrono::seconds>(*instant);
    const auto day = [](Instant each) { return std::chrono::floor<std::chrono::days>(each); };
    return (!m_day || day(*instant) == day(*m_day)) && (!m_latest || second <= *m_latest) &&
           (!m_earliest || second >= *m_earliest);
}

bool is_between(std::string_view from, std::string_view to, const http::Form& query)
{
    const std::string_view wanted_from = http::first(query, "From");
    const std::string_view wanted_to = http::first(query, "To");
    return (wanted_to.empty() || to == wanted_to) && (wanted_from.empty() || from == wanted_from);
}

bool matches(const PhoneNumber& number, const http::Form& query)
{
    const std::string_view part = http::first(query, "PhoneNumber");
    const std::string_view name = http::first(query, "FriendlyName");
    const std::string_view origin = http::first(query, "Origin");
    return (part.empty() || is_part(part, number.address)) &&
           (name.empty() || number.setting("friendly_name") == name) &&
           (origin.empty() || origin == "twilio");
}

} // namespace smsctl::sim
