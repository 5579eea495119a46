#include "core/money.hpp"

#include <fmt/format.h>

#include <limits>

namespace smsctl {

namespace {

constexpr std::int64_t one = 1'000'000;
constexpr int decimals = 6;

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
    const bool negative = text.starts_with('-');
    if (negative)
        text.remove_prefix(1);
    std::int64_t micros = 0;
    int after_point = -1; // -1: no point seen yet
    bool any_digit = false;
    for (const char c : text) {
        if (c == '.' && after_point < 0) {
            after_point = 0;
            continue;
        }
        if (c < '0' || c > '9')
            return std::nullopt;
        any_digit = true;
        if (after_point >= decimals) {
            if (c != '0')
                return std::nullopt;
            continue;
        }
        if (micros > std::numeric_limits<std::int64_t>::max() / 100 / one)
            return std::nullopt;
        micros = micros * 10 + (c - '0');
        if (after_point >= 0)
            ++after_point;
    }
    if (!any_digit)
        return std::nullopt;
    for (int i = after_point < 0 ? 0 : after_point; i < decimals; ++i)
        micros *= 10;
    return negative ? -micros : micros;
}

} // namespace smsctl
