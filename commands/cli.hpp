#pragma once

#include "commands/session.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smsctl {

/// "smsctl 0.1.0" and a newline.
std::string_view version_line();

/// Runs one command line (without the program's name) and gives its exit code. Every error becomes
/// words on `streams.err` here and nowhere else. Never throws.
int run_cli(const std::vector<std::string>& arguments, Streams streams, Clock& clock);

} // namespace smsctl
