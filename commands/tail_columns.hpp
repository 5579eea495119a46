#pragma once

#include "output/printer.hpp"

#include <string_view>
#include <vector>

namespace smsctl {

/// The object whose fields and columns `tail --kind KIND` shows; records of others may come too.
std::string_view tail_object(std::string_view kind);
std::vector<output::Column> tail_columns(std::string_view kind);

} // namespace smsctl
