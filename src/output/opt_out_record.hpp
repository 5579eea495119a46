#pragma once

#include "output/record.hpp"
#include "store/opt_outs.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smsctl::output {

/// What a command has to say about one number.
struct OptOutState {
    std::string number;
    std::string from;                 ///< the sender asked for; empty: none
    std::optional<store::OptOut> row; ///< what keeps it from being texted; its id may be empty
    bool opted_out = false;
    std::string change; ///< "added", "unchanged", "removed"; empty: it only looked
    std::string removal_reason;
};

Record opt_out_record(const OptOutState& state, std::string_view workspace);
/// A stored one, as a listing shows it.
Record opt_out_record(const store::OptOut& row, std::string_view workspace);

} // namespace smsctl::output
