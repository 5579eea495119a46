#pragma once

#include "core/clock.hpp"

namespace smsctl::sim {

/// The system's clock, put forward by what tests ask for. One thread.
class SimClock final : public Clock {
public:
    Instant now() const override { return m_system.now() + m_ahead; }
    bool wait(Millis length, const std::stop_token& stop) override
    {
        return m_system.wait(length, stop);
    }
    void put_forward(Millis length) { m_ahead += length; }

private:
    SystemClock m_system;
    Millis m_ahead{0};
};

} // namespace smsctl::sim
