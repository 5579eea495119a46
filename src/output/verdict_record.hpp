#pragma once

#include "delivery/enqueue.hpp"
#include "output/record.hpp"
#include "store/staging.hpp"

#include <string_view>

namespace smsctl::output {

/// What `send --dry-run` found: whether it would go, from where, in how many segments, at what
/// price.
Record verdict_record(const delivery::Verdict& verdict, std::string_view workspace);

/// The same of a row of a list.
Record verdict_record(const store::StagedRow& row,
                      std::optional<std::int64_t> segment_price_micros,
                      std::string_view workspace);

} // namespace smsctl::output
