#pragma once

#include "core/clock.hpp"
#include "delivery/failure_count.hpp"
#include "delivery/pace.hpp"
#include "delivery/settled.hpp"
#include "providers/provider.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace smsctl::delivery {

/// Why a run came to its end.
enum class Ended {
    done,              ///< nothing is left that could be taken now
    stopped,           ///< by the stop token
    too_many_failures, ///< `max_failures`
    all_in_doubt,      ///< one answer after the other said nothing certain
    unavailable,       ///< one try after the other was certainly not sent
    refused            ///< the credentials are wrong
};

/// Why this message was certainly not sent; null when it may have been.
const providers::NotSent* not_sent(const providers::Submitted& submitted);
/// It was not sent because too many of its sender's wait at the provider.
bool is_queue_full(const providers::NotSent& not_sent);

/// The circuit breaker: what answers say about the provider as a whole, which is how many requests
/// may be in flight, until when none may start, and whether to go on at all.
class Breaker {
public:
    Breaker(int concurrency, std::optional<FailureLimit> max_failures)
        : m_concurrency(concurrency), m_pace(concurrency), m_failures(max_failures)
    {
    }

    /// Looks at answers before any of them is recorded. `in_flight` are those still under way.
    void
    judge(const std::vector<providers::Submitted>& answers, std::size_t in_flight, Instant now);
    /// Looks at a message that was accepted, rejected or is in doubt.
    void weigh(const Settled& settled);

    const Pace& pace() const { return m_pace; }
    /// Why the run is to end; nothing while it goes on.
    std::optional<Ended> tripped() const { return m_tripped; }
    const std::optional<providers::ProviderError>& last_error() const { return m_last_error; }
    /// The pause the provider asked for, when it is longer than a worker waits.
    std::optional<Millis> asked_too_long() const { return m_asked_too_long; }

private:
    void refused_for_now(const providers::Submitted& answer, std::size_t in_flight, Instant now);

    int m_concurrency;
    Pace m_pace;
    FailureCount m_failures;
    std::optional<Ended> m_tripped;
    std::optional<providers::ProviderError> m_last_error;
    std::optional<Millis> m_asked_too_long;
    int m_doubts_in_a_row = 0;
};

} // namespace smsctl::delivery
