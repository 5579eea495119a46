#include "delivery/breaker.hpp"

#include "delivery/retry.hpp"

#include <algorithm>

namespace smsctl::delivery {

namespace {

constexpr int queue_full_code = 21611;
/// Fewer doubts than this, one after the other, may be a matter of chance.
constexpr int fewest_doubts = 20;

/// Certainly not sent, and not for the sender's own full queue: the provider as a whole.
bool is_refused_for_now(const providers::Submitted& submitted)
{
    const auto* const failed = not_sent(submitted);
    return failed != nullptr && !is_queue_full(*failed);
}

} // namespace

const providers::NotSent* not_sent(const providers::Submitted& submitted)
{
    return std::get_if<providers::NotSent>(&submitted.outcome);
}

bool is_queue_full(const providers::NotSent& not_sent)
{
    return not_sent.error.fault.code == queue_full_code;
}

void Breaker::judge(const std::vector<providers::Submitted>& answers,
                    std::size_t in_flight,
                    Instant now)
{
    for (const providers::Submitted& answer : answers) {
        if (not_sent(answer) == nullptr)
            m_pace.answered(answer.account_in_flight);
        const bool doubtful = std::holds_alternative<providers::Unknown>(answer.outcome);
        m_doubts_in_a_row = doubtful ? m_doubts_in_a_row + 1 : 0;
    }
    if (m_doubts_in_a_row >= std::max(fewest_doubts, m_concurrency))
        m_tripped = Ended::all_in_doubt;
    // Those refused all left before anybody knew, like those still in flight.
    in_flight +=
        static_cast<std::size_t>(std::count_if(answers.begin(), answers.end(), is_refused_for_now));
    for (const providers::Submitted& answer : answers)
        if (is_refused_for_now(answer))
            refused_for_now(answer, --in_flight, now);
}

void Breaker::refused_for_now(const providers::Submitted& answer,
                              std::size_t in_flight,
                              Instant now)
{
    const providers::NotSent& refusal = *not_sent(answer);
    m_pace.not_sent(
        now + retry_delay(m_pace.failures_in_a_row() + 2, refusal.retry_after, unit_random()),
        in_flight,
        answer.account_in_flight);
    m_last_error = refusal.error;
    const Millis asked = refusal.retry_after.value_or(Millis::zero());
    if (asked > longest_pause)
        m_asked_too_long = asked;
    if (asked > longest_pause || m_pace.failures_in_a_row() >= submit_tries)
        m_tripped = Ended::unavailable;
}

void Breaker::weigh(const Settled& settled)
{
    if (settled.error && refused_credentials(*settled.error)) {
        m_last_error = settled.error;
        m_tripped = Ended::refused;
    }
    m_failures.add(settled);
    if (m_failures.is_too_many() && !m_tripped)
        m_tripped = Ended::too_many_failures;
}

} // namespace smsctl::delivery
