#pragma once

#include "core/error.hpp"
#include "delivery/worker.hpp"
#include "sms/message.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smsctl {

/// What became of one recipient; `error` is nothing when all is well.
struct Outcome {
    std::string to;
    std::optional<Error> error;
};

/// What the worker's result means to the caller: nothing wrong, or 4, 5, 6, 7 or 8.
Outcome outcome_of(const delivery::Settled& settled);
/// Local policy refused it (11).
Outcome blocked_outcome(const sms::Failure& blocked, const std::string& to);
/// What a message waited for amounts to: reached `goal`, failed for good (10), or still open (8).
Outcome waited_outcome(const sms::Message& message, sms::Status goal);
/// It stays planned because the command was stopped first (8).
Outcome stopped_outcome(const sms::Message& message);

/// Throws what the outcomes add up to: the first error when all agree, else partial (9).
void throw_outcomes(const std::vector<Outcome>& outcomes);

} // namespace smsctl
