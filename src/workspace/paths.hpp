#pragma once

#include <filesystem>

namespace smsctl::paths {

/// XDG_DATA_HOME (else ~/.local/share) / smsctl / smsctl.db. Throws `usage.no_home` without both.
std::filesystem::path default_database();
/// SMSCTL_KEY_FILE, else XDG_CONFIG_HOME (else ~/.config) / smsctl / key.
std::filesystem::path key_file();

} // namespace smsctl::paths
