#pragma once

#include "store/templates.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smsctl {

/// `stored`, filled in with what was typed as `--var NAME=VALUE`; `contact_name`, unless it is
/// empty, is the value of a field `name` that was not typed. Throws `usage.variable` (2) for
/// one that is no pair, given twice, or no field of the template, and `usage.missing_variable` (2),
/// naming them, for fields that have neither value nor default.
std::string fill_in(const store::StoredTemplate& stored,
                    const std::vector<std::string>& variables,
                    std::string_view contact_name = {});

} // namespace smsctl
