#pragma once

#include <chrono>
#include <stop_token>

namespace smsctl {

using Millis = std::chrono::milliseconds;
/// A point in time, UTC, to the millisecond; in SQL the integer count since 1970.
using Instant = std::chrono::sys_time<Millis>;

/// Now and wait: what a test replaces so that nothing sleeps.
class Clock {
public:
    virtual ~Clock() = default;

    virtual Instant now() const = 0;
    /// Waits for `length`; false when `stop` was requested first.
    virtual bool wait(Millis length, const std::stop_token& stop) = 0;
};

/// The system's clock.
class SystemClock final : public Clock {
public:
    Instant now() const override;
    bool wait(Millis length, const std::stop_token& stop) override;
};

} // namespace smsctl
