#include "workspace/paths.hpp"

#include "core/error.hpp"

#include <cstdlib>
#include <string>

namespace smsctl::paths {

namespace {

std::string variable(const char* name)
{
    const char* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// XDG Base Directory Specification: a relative path in the variable counts as unset.
std::filesystem::path base(const char* xdg_variable, const char* below_home)
{
    const std::filesystem::path chosen = variable(xdg_variable);
    if (chosen.is_absolute())
        return chosen / "smsctl";
    const std::filesystem::path home = variable("HOME");
    if (home.empty())
        throw usage_error("usage.no_home",
                          std::string("neither ") + xdg_variable + " nor HOME is set",
                          "set HOME, or give the path itself with --db or SMSCTL_KEY_FILE");
    return home / below_home / "smsctl";
}

} // namespace

std::filesystem::path default_database()
{
    return base("XDG_DATA_HOME", ".local/share") / "smsctl.db";
}

std::filesystem::path key_file()
{
    const std::string chosen = variable("SMSCTL_KEY_FILE");
    return chosen.empty() ? base("XDG_CONFIG_HOME", ".config") / "key"
                          : std::filesystem::path(chosen);
}

} // namespace smsctl::paths
