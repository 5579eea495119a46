#pragma once

#include "core/clock.hpp"
#include "sim/policy.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::sim {

/// What waits for each sender while it lets go so many segments a second.
class SendQueues {
public:
    explicit SendQueues(double speed) : m_speed(speed) {}

    /// Whether the sender has as much waiting as it may.
    bool is_full(std::string_view sender, const Policy& policy, Instant now) const;
    /// When so many segments leave, if that is not after `latest`; else they take no place.
    std::optional<Instant> reserve(
        const std::string& sender, int segments, const Policy& policy, Instant now, Instant latest);

private:
    double m_speed;
    /// By sender, when its last one has left: finer than the clock, for many a second.
    std::map<std::string, std::chrono::sys_time<std::chrono::nanoseconds>, std::less<>> m_free_at;
};

} // namespace smsctl::sim
