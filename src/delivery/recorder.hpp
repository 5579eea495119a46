#pragma once

#include "core/clock.hpp"
#include "delivery/settled.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace smsctl::delivery {

/// What happens to a message that was certainly not sent: it stays planned, to be taken again, or
/// this was its last try.
enum class NotSentMeans { once_more, given_up };

/// Writes what became of claimed messages, inside the caller's transaction.
class Recorder {
public:
    Recorder(store::Scope& scope, const Clock& clock);

    /// `message` as it was when claimed. One that is not in the air any more is read anew and
    /// returned as it is, unless the provider accepted it.
    Settled record(const sms::Message& message,
                   const providers::SubmitOutcome& outcome,
                   NotSentMeans not_sent_means);
    /// Takes the messages that `record` found accepted out of the outbox, many at once; before the
    /// transaction is committed.
    void finish_accepted();
    /// A claimed message that the provider took without telling its id yet.
    void take_in(sms::Message& message, std::string_view reason);
    /// A claimed message that was never started: planned again, and no attempt counted. Like all
    /// that would be planned again here, it is canceled if its batch was canceled meanwhile.
    void put_back(sms::Message message);
    /// A planned message that this run does not submit: it stays so where somebody can ask for it
    /// again, and else is failed, so that it never goes.
    void leave(sms::Message& message);
    /// A planned message that must not go any more.
    void fail(sms::Message& message, const sms::Failure& failure);
    /// A planned message that local policy refuses now.
    void block(sms::Message& message, const sms::Failure& failure);
    /// A message whose process died over it.
    void doubt(sms::Message& message, std::string_view reason);
    /// Whether this very message comes up again without a new send: by its key, by resuming its
    /// batch, or by its time.
    bool can_be_asked_for(const sms::Message& message);

private:
    void record_accepted(Settled& settled, const providers::Accepted& accepted);
    void record_rejected(Settled& settled, const providers::Rejected& rejected);
    void record_not_sent(Settled& settled, const providers::NotSent& not_sent, NotSentMeans means);
    void plan_again(sms::Message& message, std::string_view reason);
    sms::Status unsent_status(const sms::Message& message);
    void let_go(const sms::Message& message);
    void set_status(sms::Message& message, sms::Status status, std::string_view reason);

    store::Scope& m_scope;
    const Clock& m_clock;
    std::vector<std::int64_t> m_accepted; ///< and still in the outbox
};

/// Marks as in doubt what dead processes had in the air, and gives back or fails what they had
/// only planned. Call it before planning anything. Returns how many are in doubt.
int settle_abandoned(store::Scope& scope, const Clock& clock);

} // namespace smsctl::delivery
