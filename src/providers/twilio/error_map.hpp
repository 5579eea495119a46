#pragma once

#include "providers/provider.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace smsctl::providers::twilio {

/// What one of Twilio's error numbers, or a run of them, means to an operator.
struct ErrorRow {
    int first; ///< the number
    int last;  ///< the same, or the end of a run that means the same
    Retry retry;
    std::string_view meaning; ///< one clause
    std::string_view advice;  ///< what to do, one clause; never empty
};

/// The whole table; where a run holds a number of its own, that number stands before the run.
std::span<const ErrorRow> error_rows();
/// Nothing for a number that is not in the table.
const ErrorRow* explain(std::optional<int> code);
/// Twilio's own page about a number.
std::string error_page(int code);

} // namespace smsctl::providers::twilio
