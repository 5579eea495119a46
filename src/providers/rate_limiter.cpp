#include "providers/rate_limiter.hpp"

#include <algorithm>

namespace smsctl::providers {

RateLimiter::RateLimiter(const Clock& clock, std::optional<double> segments_per_second)
    : m_clock(clock), m_rate(segments_per_second)
{
}

Millis RateLimiter::wait_for(std::string_view sender, int segments)
{
    if (!m_rate || *m_rate <= 0)
        return Millis::zero();
    // Finer than the clock, so that 3.75 a second stays 3.75 a second over thousands of messages.
    const std::chrono::sys_time<Micros> now = m_clock.now();
    auto booked = m_free_at.find(sender);
    if (booked == m_free_at.end())
        booked = m_free_at.emplace(sender, now).first;
    const auto start = std::max(now, booked->second);
    const std::chrono::duration<double> length(std::max(segments, 1) / *m_rate);
    booked->second = start + std::chrono::round<Micros>(length);
    return std::chrono::ceil<Millis>(start - now);
}

Millis RateLimiter::until_free(std::string_view sender) const
{
    const auto booked = m_free_at.find(sender);
    if (booked == m_free_at.end())
        return Millis::zero();
    const std::chrono::sys_time<Micros> now = m_clock.now();
    return std::chrono::ceil<Millis>(std::max(now, booked->second) - now);
}

} // namespace smsctl::providers
