#pragma once

#include "commands/session.hpp"
#include "output/printer.hpp"
#include "store/scope.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smsctl {

/// A number that was named, with the reason that stood behind it.
struct NamedNumber {
    std::string address;
    std::string reason; ///< empty: none
};

/// What `optout`'s operands name: numbers, contacts, and for `-` the lines of stdin: a number each,
/// maybe a comma and a reason; empty lines and # comments do not count. Throws `usage.number` (2)
/// with the line's number before anything is done.
std::vector<NamedNumber>
named_numbers(const std::vector<std::string>& operands, store::Scope& scope, Session& session);

/// The sender that --from names: a number, a short code, a name, a num_ id or a messaging service.
/// Nothing when the option was not given; throws `usage.sender` (2).
std::optional<std::string> named_sender(const std::optional<std::string>& typed,
                                        store::Scope& scope);

/// One record for one operand that names one number, else many.
output::Shape shape_of(const std::vector<std::string>& operands);
std::vector<output::Column> opt_out_columns();

} // namespace smsctl
