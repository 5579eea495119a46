#include "core/money.hpp"

#include <fmt/format.h>

#include <limits>

namespace smsctl {

namespace {

constexpr std::int64_t one = 1'000'000;

} // namespace

std::string decimal(std::int64_t micros)
{
    const bool negative = micros < 0;
    const auto size =
        negative ? 0U - static_cast<std::uint64_t>(micros) : static_cast<std::uint64_t>(micros);
    std::string text = fmt::format("{}{}.{:06}", negative ? "-" : "", size / one, size % one);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
        text.pop_back();
    return text;
}

std::optional<std::int64_t> parse_micros(std::string_view text)
{
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const bool negative = text.starts_with('-');
    if (negative)
        text.remove_prefix(1);
    std::int64_t micros = 0;
    std::int64_t unit = one; // what a digit here is worth; 0 past the last decimal
    bool after_point = false;
    bool any_digit = false;
    for (const char c : text) {
        if (c == '.' && !after_point) {
            after_point = true;
            continue;
        }
        if (c < '0' || c > '9')
            return std::nullopt;
        const std::int64_t digit = c - '0';
        any_digit = true;
        if (after_point) {
            unit /= 10;
            if (unit == 0 && digit != 0)
                return std::nullopt;
            micros += digit * unit;
        } else {
            if (micros > (most - 10 * one) / 10)
                return std::nullopt;
            micros = micros * 10 + digit * unit;
        }
    }
    if (!any_digit)
        return std::nullopt;
    return negative ? -micros : micros;
}

} // namespace smsctl
