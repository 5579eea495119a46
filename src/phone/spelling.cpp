#include "phone/spelling.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smsctl::phone {

namespace {

constexpr std::string_view digits = "0123456789";
constexpr std::size_t longest_name = 11;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool all_digits(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool take_prefix(std::string_view& text, std::string_view prefix)
{
    if (!text::equal_ignoring_case(text.substr(0, prefix.size()), prefix))
        return false;
    text.remove_prefix(prefix.size());
    return true;
}

/// The name of a channel before a colon that has addresses of its own; empty for none.
std::string_view other_channel(std::string_view text)
{
    constexpr std::array<std::string_view, 4> channels{"messenger:", "rcs:", "client:", "sip:"};
    const auto* const found =
        std::find_if(channels.begin(), channels.end(), [&](std::string_view channel) {
            std::string_view rest = text;
            return take_prefix(rest, channel);
        });
    return found == channels.end() ? std::string_view() : *found;
}

/// "1.5551234567E+10": a mantissa, an E and an exponent.
bool is_scientific(std::string_view text)
{
    const std::size_t exponent = text.find_first_of("eE");
    if (exponent == std::string_view::npos)
        return false;
    std::string_view mantissa = text.substr(0, exponent);
    std::string_view power = text.substr(exponent + 1);
    if (mantissa.starts_with('+') || mantissa.starts_with('-'))
        mantissa.remove_prefix(1);
    if (power.starts_with('+') || power.starts_with('-'))
        power.remove_prefix(1);
    const std::size_t point = mantissa.find_first_of(".,");
    return all_digits(power) && all_digits(mantissa.substr(0, point)) &&
           (point == std::string_view::npos || all_digits(mantissa.substr(point + 1)));
}

/// Takes the ".0" off "14155552671.0". libphonenumber would read it as one more digit, and a
/// number that is one digit short would become somebody else's.
bool drop_decimal(std::string_view& text)
{
    constexpr std::string_view tail = ".0";
    if (!text.ends_with(tail))
        return false;
    std::string_view rest = text.substr(0, text.size() - tail.size());
    const std::string_view whole = rest;
    if (rest.starts_with('+'))
        rest.remove_prefix(1);
    if (!all_digits(rest))
        return false;
    text = whole;
    return true;
}

} // namespace

Spelling read_spelling(std::string_view input)
{
    Spelling spelling;
    std::string_view rest = text::trim(input);
    if (const std::string_view channel = other_channel(rest); !channel.empty()) {
        spelling.reason = fmt::format("is an address of {}, a channel that smsctl does not have",
                                      channel.substr(0, channel.size() - 1));
        return spelling;
    }
    spelling.whatsapp = take_prefix(rest, "whatsapp:");
    if (!spelling.whatsapp && take_prefix(rest, "tel:")) {
        // libphonenumber knows RFC 3966 and its phone-context, in lower case only.
        spelling.text = "tel:" + std::string(text::trim(rest));
        return spelling;
    }
    rest = text::trim(rest);
    if (rest.empty()) {
        spelling.reason = "is empty";
        return spelling;
    }
    if (is_scientific(rest)) {
        spelling.reason = "is in scientific notation, as a spreadsheet writes it: digits may be "
                          "lost; format the column as text";
        return spelling;
    }
    if (drop_decimal(rest))
        spelling.warning = "read without the .0 that a spreadsheet put behind it";
    spelling.text = rest;
    std::replace(spelling.text.begin(), spelling.text.end(), '\t', ' ');
    return spelling;
}

bool is_short_code(std::string_view text)
{
    return (text.size() == 5 || text.size() == 6) &&
           text.find_first_not_of(digits) == std::string_view::npos;
}

bool is_alphanumeric_sender(std::string_view text)
{
    constexpr std::string_view signs = " -_&+";
    return text.size() <= longest_name && !text.starts_with('+') &&
           std::any_of(text.begin(), text.end(), is_letter) &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return is_letter(c) || is_digit(c) || signs.find(c) != std::string_view::npos;
           });
}

bool is_placeholder(std::string_view text)
{
    constexpr std::array<std::string_view, 20> placeholders{
        "abc", "abcd", "xyz", "xxx", "foo",  "bar",  "asdf",  "null",      "nil",     "none",
        "na",  "nan",  "n-a", "tbd", "todo", "test", "empty", "undefined", "unknown", "phone"};
    return std::any_of(placeholders.begin(), placeholders.end(), [&](std::string_view placeholder) {
        return text::equal_ignoring_case(text, placeholder);
    });
}

} // namespace smsctl::phone
