#pragma once

#include "workspace/workspace.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace smsctl::settings {

/// Settings whose text means more than itself; nothing for what `check_setting` refuses.
std::optional<Workspace::QuietHours> parse_quiet_hours(std::string_view text);
std::optional<double> parse_rate(std::string_view text);
std::optional<std::size_t> parse_size(std::string_view text); ///< in bytes

} // namespace smsctl::settings
