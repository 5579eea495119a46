#pragma once

#include "core/clock.hpp"

#include <string>
#include <string_view>

namespace smsctl {

/// A new public id: `prefix`, an underscore and a ULID in lower case ("msg_01jz…"), so that ids of
/// one kind sort by the time they were made and cost an index nothing but an append.
std::string new_id(std::string_view prefix, Instant now);

} // namespace smsctl
