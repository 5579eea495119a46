#pragma once

#include "core/error.hpp"
#include "output/record.hpp"

#include <string>
#include <string_view>

namespace smsctl::output {

enum class CheckStatus { ok, warning, failed, fixed, skipped };
std::string_view word(CheckStatus status);

/// One thing that `doctor` looked at.
struct Check {
    std::string name = {};
    std::string workspace = {}; ///< empty: the whole installation
    CheckStatus status = CheckStatus::ok;
    std::string message = {};
    std::string fix = {};     ///< what to type; empty when there is nothing to do
    Exit exit = Exit::failed; ///< what a failed one makes of the exit code
};
Record check_record(const Check& check);

} // namespace smsctl::output
