#pragma once

#include "output/record.hpp"
#include "sms/batch.hpp"

#include <string_view>

namespace smsctl::output {

/// `counts` are its messages by status, as they are now.
Record
batch_record(const sms::Batch& batch, const sms::StatusCounts& counts, std::string_view workspace);

/// "planning", "canceled", or where its messages stand: "planned" (none has left), "sending"
/// (some are in the air), "unfinished" (some are left), "done".
std::string_view batch_status(const sms::Batch& batch, const sms::StatusCounts& counts);

} // namespace smsctl::output
