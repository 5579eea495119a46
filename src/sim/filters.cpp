#include "sim/filters.hpp"

#include "core/time_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace smsctl::sim {

namespace {

constexpr std::array<std::string_view, 3> date_filters{"DateSent", "DateSent<", "DateSent>"};
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

std::optional<Problem> check_message_query(const http::Form& query)
{
    for (const std::string_view name : date_filters) {
        const std::string_view text = http::first(query, name);
        if (!text.empty() && !parse_date(text))
            return Problem{400, 20422, fmt::format("Invalid value for {}: {}", name, text), {}};
    }
    return std::nullopt;
}

bool matches(const Message& message, const http::Form& query)
{
    const std::string_view to = http::first(query, "To");
    const std::string_view from = http::first(query, "From");
    if ((!to.empty() && message.to != to) || (!from.empty() && message.from != from))
        return false;
    for (const std::string_view name : date_filters) {
        const auto date = parse_date(http::first(query, name));
        if (!date)
            continue;
        if (!message.sent_at)
            return false;
        const auto sent = std::chrono::floor<std::chrono::seconds>(*message.sent_at);
        const auto day = std::chrono::floor<std::chrono::days>(*date);
        if ((name == "DateSent" && std::chrono::floor<std::chrono::days>(sent) != day) ||
            (name == "DateSent<" && sent > *date) || (name == "DateSent>" && sent < *date))
            return false;
    }
    return true;
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
