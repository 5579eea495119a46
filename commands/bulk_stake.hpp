#pragma once

#include "commands/session.hpp"
#include "sms/batch.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>

namespace smsctl {

/// What is about to be sent, as a confirmation puts it.
struct Stake {
    std::int64_t messages = 0;
    std::int64_t segments = 0;
    std::optional<std::int64_t> cost_micros; ///< nothing without a segment-price
    std::int64_t counted_micros = 0;         ///< of the cost, what today's spending includes
};

/// What is to be submitted of a batch that is planned.
struct BatchPart {
    sms::Batch batch;
    std::int64_t since_seq = 0; ///< only rows that changed with this event or later
};

/// What submitting `part` would mean.
Stake stake_in(const BatchPart& part, store::Scope& scope, const Clock& clock);

/// Holds `stake` to --max-cost and asks for confirmation by cli.md's section 6. Throws
/// `blocked.max_cost` (11), usage errors (2), or `usage.declined` (2) after a no.
void confirm_sending(const Stake& stake,
                     std::optional<std::int64_t> max_cost_micros,
                     store::Scope& scope,
                     Session& session);

} // namespace smsctl
