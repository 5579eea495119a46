#pragma once

#include "http/form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::sim {

/// What the forms of the control paths and the lines of a scenario have in common.

/// "unknown field 'cuont'" for the first name that no row of `known` has; empty when all are known.
template <typename Rows>
std::string unknown_field(const http::Form& form, const Rows& known)
{
    for (const auto& field : form)
        if (std::none_of(known.begin(), known.end(), [&](const auto& row) {
                return row.name == field.first;
            }))
            return fmt::format("unknown field '{}'", field.first);
    return {};
}

/// A number as it was typed: a `+` in a form that nobody encoded arrives as a blank.
std::string typed_number(std::string_view text);
/// A whole number of 0 or more in the form; `usual` when it is not there, nothing when it is none.
std::optional<std::int64_t>
count_field(const http::Form& form, std::string_view name, std::int64_t usual);
/// "2" or "0.25" as hundredths of a percent; nothing unless it is a percentage.
std::optional<std::int64_t> percentage(std::string_view text);
constexpr std::int64_t always = 10'000; ///< in hundredths of a percent

} // namespace smsctl::sim
