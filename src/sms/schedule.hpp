#pragma once

#include "core/clock.hpp"

namespace smsctl::sms {

/// A provider holds a message for its time only within these bounds (Twilio: SendAt of a Messaging
/// Service, both inclusive).
constexpr Millis soonest_held = std::chrono::minutes(15);
constexpr Millis longest_held = std::chrono::hours(24) * 35;

constexpr bool may_be_held(Instant until, Instant now)
{
    return until >= now + soonest_held && until <= now + longest_held;
}

} // namespace smsctl::sms
