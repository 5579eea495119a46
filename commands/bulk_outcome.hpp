#pragma once

#include "commands/bulk_tally.hpp"
#include "delivery/worker.hpp"
#include "sms/batch.hpp"

#include <cstdint>
#include <string>

namespace smsctl {

/// What to type for the rest of a batch.
std::string resume_hint(const sms::Batch& batch);

/// Throws what a finished run amounts to, by the exit codes of single sends (4 to 7, 9); returns
/// when nothing went wrong. `in_doubt` and `left` are the batch's, earlier runs included.
void throw_bulk_outcome(const sms::Batch& batch,
                        const Tally& tally,
                        std::int64_t in_doubt,
                        std::int64_t left,
                        delivery::Ended ended);

/// Throws `partial` (9) for a batch that another process canceled under this run.
[[noreturn]] void
throw_bulk_canceled(const sms::Batch& batch, const Tally& tally, const sms::StatusCounts& counts);

} // namespace smsctl
