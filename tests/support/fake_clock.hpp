#pragma once

#include "core/clock.hpp"

#include <atomic>

namespace smsctl::test {

/// A clock that moves only when told, or by what somebody waits for.
class FakeClock final : public Clock {
public:
    explicit FakeClock(Instant start = Instant(Millis(1'772'446'272'345))) : m_now(start) {}

    Instant now() const override { return m_now; }
    bool wait(Millis length, const std::stop_token& stop) override
    {
        step(length);
        return !stop.stop_requested();
    }
    void step(Millis length) { m_now = now() + length; }

private:
    std::atomic<Instant> m_now; // 2026-03-02T10:11:12.345Z unless told otherwise
};

} // namespace smsctl::test
