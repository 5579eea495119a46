// What a crash leaves behind decides every order of writes here. The claim ("submitting") is on
// disk before the request leaves, so a message found in that state with its owner dead may have
// been sent and becomes in doubt; one still "planned" was certainly not sent.
#include "delivery/recorder.hpp"

#include "delivery/bulk_recorder.hpp"
#include "delivery/retry.hpp"
#include "store/batches.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/opt_outs.hpp"
#include "store/outbox.hpp"
#include "updates/apply.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl::delivery {

namespace {

constexpr int opted_out_code = 21610;

sms::Failure failure_of(const providers::ProviderError& error)
{
    return {error.fault.code ? std::to_string(*error.fault.code) : "provider.unavailable",
            error.meaning.empty() ? error.message : error.meaning};
}

} // namespace

Recorder::Recorder(store::Scope& scope, const Clock& clock) : m_scope(scope), m_clock(clock) {}

Settled Recorder::record(const sms::Message& message,
                         const providers::SubmitOutcome& outcome,
                         NotSentMeans not_sent_means)
{
    Settled settled{.message = message};
    if (const auto* accepted = std::get_if<providers::Accepted>(&outcome))
        record_accepted(settled, *accepted);
    else if (const auto* rejected = std::get_if<providers::Rejected>(&outcome))
        record_rejected(settled, *rejected);
    else if (const auto* not_sent = std::get_if<providers::NotSent>(&outcome))
        record_not_sent(settled, *not_sent, not_sent_means);
    else
        doubt(settled.message, std::get<providers::Unknown>(outcome).reason);
    return settled;
}

void Recorder::record_accepted(Settled& settled, const providers::Accepted& accepted)
{
    sms::Message& message = settled.message;
    const std::string& provider_id = accepted.message.provider_id;
    store::Messages messages(m_scope);
    if (const auto other = messages.row_of_provider_id(provider_id);
        other != 0 && other != message.row) {
        doubt(message,
              fmt::format("the provider answered with {}, which is {}",
                          provider_id,
                          messages.by_row(other).value().id));
        return;
    }
    updates::Updates(m_scope, m_clock).accept(message, accepted.message);
    m_accepted.push_back(message.row);
}

void Recorder::finish_accepted()
{
    store::Outbox(m_scope).finish(std::exchange(m_accepted, {}));
}

void Recorder::take_in(sms::Message& message, std::string_view reason)
{
    message.failure.reset();
    set_status(message, sms::Status::accepted, reason);
    store::Outbox(m_scope).finish(message.row);
}

void Recorder::record_rejected(Settled& settled, const providers::Rejected& rejected)
{
    sms::Message& message = settled.message;
    settled.error = rejected.error;
    message.failure = failure_of(rejected.error);
    if (refused_credentials(rejected.error) && can_be_asked_for(message)) {
        plan_again(message, rejected.error.message);
        return;
    }
    set_status(message, sms::Status::rejected, rejected.error.message);
    store::Outbox(m_scope).finish(message.row);
    if (rejected.error.fault.code == opted_out_code)
        store::OptOuts(m_scope).add(
            message.to,
            sms::sender_of(message),
            fmt::format("{} {}", m_scope.workspace().provider, opted_out_code),
            m_clock.now());
}

void Recorder::record_not_sent(Settled& settled,
                               const providers::NotSent& not_sent,
                               NotSentMeans means)
{
    sms::Message& message = settled.message;
    settled.error = not_sent.error;
    message.failure = failure_of(not_sent.error);
    // Without a key nobody can ask for this very message again, and the caller, told that it was
    // not sent, will send anew: leaving it planned would then send it twice.
    if (means == NotSentMeans::given_up && !can_be_asked_for(message)) {
        set_status(message, sms::Status::failed, not_sent.error.message);
        store::Outbox(m_scope).finish(message.row);
    } else {
        plan_again(message, not_sent.error.message);
    }
}

void Recorder::plan_again(sms::Message& message, std::string_view reason)
{
    const sms::Status status = unsent_status(message);
    if (status == sms::Status::canceled)
        message.failure.reset();
    set_status(message, status, reason);
    let_go(message);
}

/// What becomes of a message that certainly was not sent and is to be tried again.
sms::Status Recorder::unsent_status(const sms::Message& message)
{
    const bool is_canceled =
        message.batch_row != 0 && store::Batches(m_scope).is_canceled(message.batch_row);
    return is_canceled ? sms::Status::canceled : sms::Status::planned;
}

void Recorder::let_go(const sms::Message& message)
{
    if (sms::is_final(message.status))
        store::Outbox(m_scope).finish(message.row);
    else
        store::Outbox(m_scope).release(message.row);
}

bool Recorder::can_be_asked_for(const sms::Message& message)
{
    if (!message.key.empty() || message.batch_row != 0)
        return true;
    const auto entry = store::Outbox(m_scope).find(message.row);
    return entry && entry->is_scheduled;
}

void Recorder::put_back(sms::Message message)
{
    message.status = unsent_status(message);
    message.status_at = m_clock.now();
    --message.attempts;
    store::Messages(m_scope).settle_submit(message);
    let_go(message);
}

void Recorder::leave(sms::Message& message)
{
    if (message.status != sms::Status::planned)
        return;
    if (can_be_asked_for(message))
        store::Outbox(m_scope).release(message.row);
    else
        fail(message, {"interrupted", "stopped before it was submitted"});
}

void Recorder::fail(sms::Message& message, const sms::Failure& failure)
{
    message.failure = failure;
    set_status(message, sms::Status::failed, failure.text);
    store::Outbox(m_scope).finish(message.row);
}

void Recorder::block(sms::Message& message, const sms::Failure& failure)
{
    message.failure = failure;
    set_status(message, sms::Status::blocked, failure.text);
    store::Outbox(m_scope).finish(message.row);
}

void Recorder::doubt(sms::Message& message, std::string_view reason)
{
    message.failure = sms::Failure{"in_doubt", std::string(reason)};
    set_status(message, sms::Status::in_doubt, reason);
    store::Outbox(m_scope).release(message.row);
}

/// Writes a status that the worker itself brought about, and the event that says so; a message
/// that others settled meanwhile is read anew instead.
void Recorder::set_status(sms::Message& message, sms::Status status, std::string_view reason)
{
    store::Messages messages(m_scope);
    message.status = status;
    message.status_at = m_clock.now();
    sms::Event event = updates::submit_event(message);
    event.status = sms::word(status);
    event.error_code = message.failure ? message.failure->code : "";
    event.reason = reason;
    event.created_at = message.status_at;
    message.seq = store::EventLog(m_scope).append(event);
    if (!messages.settle_submit(message))
        message = messages.by_row(message.row).value();
}

int settle_abandoned(store::Scope& scope, const Clock& clock)
{
    store::Transaction transaction = scope.begin();
    store::Outbox outbox(scope);
    store::Messages messages(scope);
    Recorder recorder(scope, clock);
    int in_doubt = BulkRecorder(scope, clock).doubt_abandoned();
    for (const std::int64_t row : outbox.abandoned(clock.now())) {
        auto message = messages.by_row(row);
        outbox.release(row);
        if (!message)
            continue;
        if (message->status == sms::Status::submitting) {
            recorder.doubt(*message, "the process that submitted it died");
            ++in_doubt;
        } else if (message->status == sms::Status::planned &&
                   !recorder.can_be_asked_for(*message)) {
            recorder.fail(*message, {"interrupted", "its process died before it was submitted"});
        }
    }
    transaction.commit();
    return in_doubt;
}

} // namespace smsctl::delivery
