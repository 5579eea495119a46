#pragma once

#include "core/error.hpp"
#include "delivery/settled.hpp"
#include "sms/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smsctl {

/// What became of one recipient; `error` is nothing when all is well.
struct Outcome {
    std::string to;
    std::optional<Error> error;
};

/// What the worker's result means to the caller: nothing wrong (which it is to wait for a time that
/// was asked for), or 4, 5, 6, 7 or 8.
Outcome outcome_of(const delivery::Settled& settled);
/// Local policy refused it (11).
Outcome blocked_outcome(const sms::Failure& blocked, const std::string& to);
/// What a message waited for amounts to: reached `goal`, failed for good (10), or still open (8).
Outcome waited_outcome(const sms::Message& message, sms::Status goal);
/// It was to be waited for, but waits here itself until then (8).
Outcome put_off_outcome(const sms::Message& message, Instant until);
/// It was accepted, but a wait for more failed (8): whatever the reason, never a code that invites
/// the caller to send it again.
Outcome unwatched_outcome(const sms::Message& message, const Error& error);
/// Its turn never came because storing an earlier one failed (12).
Outcome unattempted_outcome(const sms::Message& message, const Error& error);

/// Whether nothing worse happened than something left open.
bool only_pending(const std::vector<Outcome>& outcomes);
/// What the first outcome with an error says to do; empty without one.
std::string first_hint(const std::vector<Outcome>& outcomes);
/// What many outcomes add up to, without keeping each.
class OutcomeSum {
public:
    void add(const Outcome& outcome);
    /// Throws the first error when all outcomes agree, partial (9) when some do; nothing happens
    /// when all is well.
    void raise() const;

private:
    std::int64_t m_count = 0;
    std::int64_t m_failed = 0;
    std::optional<Error> m_first;
    bool m_agree = true; ///< those that failed
};

/// Throws what the outcomes add up to.
void throw_outcomes(const std::vector<Outcome>& outcomes);

} // namespace smsctl
