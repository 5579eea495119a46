#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "providers/rate_limiter.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace smsctl::delivery {

/// What became of one message after the worker let go of it.
struct Settled {
    sms::Message message;
    /// Why it was refused or not sent; nothing when it was accepted or is in doubt.
    std::optional<providers::ProviderError> error = {};
    /// The stop came before the request could leave, or between two tries: certainly not sent.
    bool stopped = false;
    /// What the provider asked for when it is longer than a worker waits.
    std::optional<Millis> retry_after = {};
};

/// Claim, submit, record: the second half of every send. The claim is committed before the request
/// leaves; what comes back is committed after; no transaction is open across the network.
class Worker {
public:
    Worker(store::Scope& scope, providers::Provider& provider, Clock& clock);

    /// Submits one planned message: up to four tries for failures that certainly were not sent.
    /// A message somebody else has in hand, or that is settled, is returned as it is. What was not
    /// sent stays planned under its key; without one it becomes failed, as nobody can ask for it
    /// again. Throws `in_doubt.not_recorded` (7) when an answer could not be stored.
    Settled submit(std::int64_t message_row, const std::stop_token& stop);

    /// Marks as in doubt what dead processes had in the air. Call it before planning anything.
    /// Returns how many there were.
    int settle_abandoned();

private:
    struct Claimed;
    std::optional<Claimed> claim(std::int64_t message_row);
    Settled record(const Claimed& claimed, const providers::SubmitOutcome& outcome, bool last_try);
    void record_accepted(Settled& settled, const providers::Accepted& accepted);
    void record_rejected(Settled& settled, const providers::Rejected& rejected);
    void record_not_sent(Settled& settled, const providers::NotSent& not_sent, bool last_try);
    void record_unknown(Settled& settled, const providers::Unknown& unknown);
    /// Stopped while waiting for a try.
    Settled give_up(Settled settled);
    /// Writes a status that this worker itself brought about, and the event that says so.
    void set_status(sms::Message& message, sms::Status status, std::string_view reason);

    store::Scope& m_scope;
    providers::Provider& m_provider;
    Clock& m_clock;
    providers::RateLimiter m_limiter;
    std::string m_owner;
};

} // namespace smsctl::delivery
