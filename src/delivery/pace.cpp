#include "delivery/pace.hpp"

#include <algorithm>

namespace smsctl::delivery {

void Pace::answered()
{
    m_failures = 0;
    if (m_stragglers > 0)
        --m_stragglers;
    if (++m_good >= m_limit && m_limit < m_most) {
        ++m_limit;
        m_good = 0;
    }
}

void Pace::not_sent(Instant until, std::size_t in_flight)
{
    m_until = std::max(m_until, until);
    if (m_stragglers > 0) {
        m_stragglers = std::min(m_stragglers - 1, in_flight);
        return;
    }
    ++m_failures;
    m_stragglers = in_flight;
    m_limit = std::max(1, m_limit / 2);
    m_good = 0;
}

std::optional<Instant> Pace::paused_until(Instant now) const
{
    return now < m_until ? std::optional(m_until) : std::nullopt;
}

} // namespace smsctl::delivery
