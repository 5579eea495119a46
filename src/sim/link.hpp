#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace smsctl::sim {

/// Where `reference`, a whole URL or a path, leads from the document at `base`. A whole one stays
/// as it is, its fragment included; nothing unless it is http or https.
std::optional<std::string> link(std::string_view base, std::string_view reference);

} // namespace smsctl::sim
