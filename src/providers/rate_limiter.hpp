#pragma once

#include "core/clock.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::providers {

/// Segments a second (MPS) that each sender may submit. Not for several threads at once.
class RateLimiter {
public:
    /// No limit without a rate; a rate is positive and may have a fraction (3.75).
    RateLimiter(const Clock& clock, std::optional<double> segments_per_second);

    /// Books `segments` for `sender` and says how long to wait before submitting them; zero for a
    /// sender that was idle. A message of three segments holds up what follows it for three
    /// segments' time.
    Millis wait_for(std::string_view sender, int segments);
    /// How long `wait_for` would say to wait; books nothing.
    Millis until_free(std::string_view sender) const;

private:
    using Micros = std::chrono::microseconds;

    const Clock& m_clock;
    std::optional<double> m_rate;
    std::map<std::string, std::chrono::sys_time<Micros>, std::less<>> m_free_at;
};

} // namespace smsctl::providers
