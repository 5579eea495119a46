#include "delivery/pace.hpp"

#include <algorithm>

namespace smsctl::delivery {

void Pace::answered(std::optional<int> account_in_flight)
{
    m_failures = 0;
    if (m_stragglers > 0)
        --m_stragglers;
    m_most_at_once = std::max(m_most_at_once, account_in_flight.value_or(0));
    if (++m_good < m_limit)
        return;
    // Ours may not all have been there at once, and there may be others'.
    const bool has_room = !m_refused_at || std::max(m_most_at_once, m_limit) + 1 < *m_refused_at;
    if (m_limit < m_most && has_room)
        ++m_limit;
    begin_round();
}

void Pace::not_sent(Instant until, std::size_t in_flight, std::optional<int> account_in_flight)
{
    m_until = std::max(m_until, until);
    if (m_stragglers > 0) {
        m_stragglers = std::min(m_stragglers - 1, in_flight);
    } else {
        ++m_failures;
        m_stragglers = in_flight;
        m_limit = std::max(1, m_limit / 2);
        begin_round();
    }
    // Fewer than we may have in flight ourselves: it counts something else.
    if (account_in_flight && *account_in_flight >= m_limit)
        m_refused_at = std::min(*account_in_flight, m_refused_at.value_or(*account_in_flight));
}

void Pace::begin_round()
{
    m_good = 0;
    m_most_at_once = 0;
}

std::optional<Instant> Pace::paused_until(Instant now) const
{
    return now < m_until ? std::optional(m_until) : std::nullopt;
}

} // namespace smsctl::delivery
