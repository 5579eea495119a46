#pragma once

#include "output/printer.hpp"

#include <vector>

namespace smsctl {

/// The columns of every table of messages.
std::vector<output::Column> message_columns();

} // namespace smsctl
