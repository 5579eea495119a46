#pragma once

#include "core/error.hpp"
#include "workspace/secrets.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smsctl::secrets {

/// `auth.secret_unreadable`; `reason` names the reference and never the secret.
Error unreadable(std::string_view reason, std::string hint);

/// Reads what a reference of kind env, file or cmd points to.
Secret read_reference(const Credential& credential);

/// What the command writes to stdout, at most 64 KiB within 30 seconds. No shell; stdin is empty.
Secret run_command(const std::vector<std::string>& words);

} // namespace smsctl::secrets
