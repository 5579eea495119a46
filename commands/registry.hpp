#pragma once

#include "commands/command.hpp"

#include <span>

namespace smsctl {

/// The table of commands, in the order of help.
std::span<const Command* const> commands();

} // namespace smsctl
