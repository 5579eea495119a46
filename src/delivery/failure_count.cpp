#include "delivery/failure_count.hpp"

namespace smsctl::delivery {

namespace {

/// So many settled messages make a percentage of failures mean something.
constexpr int percent_sample = 20;

} // namespace

void FailureCount::add(const Settled& settled)
{
    ++m_settled;
    if (settled.message.status == sms::Status::rejected ||
        settled.message.status == sms::Status::in_doubt)
        ++m_failed;
}

bool FailureCount::is_too_many() const
{
    if (!m_limit)
        return false;
    if (m_limit->count > 0)
        return m_failed >= m_limit->count;
    return m_settled >= percent_sample && m_failed * 100.0 > m_limit->percent * m_settled;
}

} // namespace smsctl::delivery
