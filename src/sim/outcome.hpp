#pragma once

#include "core/clock.hpp"

#include <span>
#include <string_view>

namespace smsctl::sim {

/// What becomes of an accepted message, by the last five digits of its recipient.
struct Outcome {
    std::string_view ending; ///< "30003"
    std::string_view status; ///< the last status it reaches
    int error_code = 0;      ///< 0: none
    std::string_view meaning;
};

/// What becomes of one message.
struct Fate {
    std::string_view status = "delivered"; ///< the last one it reaches
    int error_code = 0;                    ///< 0: none
    Millis delay{0};                       ///< how much later than usual it reaches it
};

/// The table, as help prints it.
std::span<const Outcome> outcomes();
/// The row for `to`; `delivered` for every number that is not in the table.
const Outcome& outcome_of(std::string_view to);
/// The text that goes with a delivery error.
std::string_view error_text(int code);

} // namespace smsctl::sim
