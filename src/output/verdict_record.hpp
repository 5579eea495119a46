#pragma once

#include "delivery/enqueue.hpp"
#include "output/record.hpp"

#include <string_view>

namespace smsctl::output {

/// What `send --dry-run` found: whether it would go, from where, in how many segments, at what
/// price.
Record verdict_record(const delivery::Verdict& verdict, std::string_view workspace);

} // namespace smsctl::output
