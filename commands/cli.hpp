#pragma once

#include "commands/session.hpp"

#include <string>
#include <vector>

namespace smsctl {

/// Runs one command line (without the program's name) and gives its exit code. Every error becomes
/// words on `streams.err` here and nowhere else. Never throws.
int run_cli(const std::vector<std::string>& arguments, Streams streams, Clock& clock);

} // namespace smsctl
