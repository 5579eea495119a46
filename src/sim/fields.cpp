#include "sim/fields.hpp"

#include "core/text.hpp"

#include <charconv>
#include <cmath>

namespace smsctl::sim {

std::string typed_number(std::string_view text)
{
    std::string number(text);
    if (number.starts_with(' '))
        number.front() = '+';
    return number;
}

std::optional<std::int64_t>
count_field(const http::Form& form, std::string_view name, std::int64_t usual)
{
    const std::string_view text = http::first(form, name);
    if (text.empty())
        return usual;
    const auto number = text::to_integer(text);
    return number && *number >= 0 ? std::optional<std::int64_t>(*number) : std::nullopt;
}

std::optional<std::int64_t> percentage(std::string_view text)
{
    double percent = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, percent);
    if (problem != std::errc() || stopped != end || !(percent >= 0 && percent <= 100))
        return std::nullopt;
    return std::llround(percent * 100);
}

} // namespace smsctl::sim
