#pragma once

#include "store/templates.hpp"

#include <string>
#include <vector>

namespace smsctl {

/// `stored`, filled in with what was typed as `--var NAME=VALUE`. Throws `usage.variable` (2) for
/// one that is no pair, given twice, or no field of the template, and `usage.missing_variable` (2),
/// naming them, for fields that have neither value nor default.
std::string fill_in(const store::StoredTemplate& stored, const std::vector<std::string>& variables);

} // namespace smsctl
