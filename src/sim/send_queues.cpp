#include "sim/send_queues.hpp"

#include <algorithm>
#include <cmath>

namespace smsctl::sim {

namespace {

constexpr double ten_hours = 36'000; // seconds

} // namespace

bool SendQueues::is_full(std::string_view sender, const Policy& policy, Instant now) const
{
    const auto found = m_free_at.find(sender);
    if (policy.mps <= 0 || found == m_free_at.end())
        return false;
    const double seconds = std::chrono::duration<double>(found->second - now).count() * m_speed;
    const double longest =
        policy.queue > 0 ? static_cast<double>(policy.queue) : ten_hours * policy.mps;
    return std::ceil(seconds * policy.mps) >= longest; // the one that is leaving still counts
}

std::optional<Instant> SendQueues::reserve(
    const std::string& sender, int segments, const Policy& policy, Instant now, Instant latest)
{
    if (policy.mps <= 0)
        return now;
    const double takes = segments / (policy.mps * m_speed);
    auto& free_at = m_free_at[sender];
    const auto leaves = std::max<std::chrono::sys_time<std::chrono::nanoseconds>>(now, free_at);
    if (leaves > latest)
        return std::nullopt;
    free_at = leaves + std::chrono::nanoseconds(static_cast<std::int64_t>(takes * 1e9));
    return std::chrono::ceil<Millis>(leaves);
}

} // namespace smsctl::sim
