// What a crash leaves behind decides every order of writes here. The claim ("submitting") is on
// disk before the request leaves, so a message found in that state with its owner dead may have
// been sent and becomes in doubt; one still "planned" was certainly not sent.
#include "delivery/worker.hpp"

#include "core/crypto.hpp"
#include "core/error.hpp"
#include "delivery/retry.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/opt_outs.hpp"
#include "store/outbox.hpp"
#include "updates/apply.hpp"

#include <fmt/format.h>

#include <cstring>
#include <exception>
#include <utility>

namespace smsctl::delivery {

namespace {

/// Longer than any one request may take, so that a lease only runs out when its owner hangs.
constexpr auto lease_length = std::chrono::minutes(5);
constexpr int opted_out_code = 21610;

double unit_random()
{
    std::uint32_t bits = 0;
    std::memcpy(&bits, crypto::random_bytes(sizeof bits).data(), sizeof bits);
    return bits / 4294967296.0;
}

const std::string& sender_of(const sms::Message& message)
{
    return message.from.empty() ? message.messaging_service_id : message.from;
}

providers::Outgoing outgoing(const sms::Message& message, const store::OutboxEntry& entry)
{
    providers::Outgoing out;
    out.from = message.from;
    out.messaging_service_id = message.messaging_service_id;
    out.to = message.to;
    out.body = message.body;
    for (const sms::Media& media : message.media)
        out.media_urls.push_back(media.url);
    out.status_callback = entry.status_callback;
    if (entry.validity_seconds)
        out.validity = std::chrono::seconds(*entry.validity_seconds);
    return out;
}

sms::Failure failure_of(const providers::ProviderError& error)
{
    return {error.fault.code ? std::to_string(*error.fault.code) : "provider.unavailable",
            error.meaning.empty() ? error.message : error.meaning};
}

/// Ours to settle; or in doubt, because somebody took this process for dead.
bool is_in_the_air(sms::Status status)
{
    return status == sms::Status::submitting || status == sms::Status::in_doubt;
}

} // namespace

struct Worker::Claimed {
    sms::Message message;
    store::OutboxEntry entry;
};

Worker::Worker(store::Scope& scope, providers::Provider& provider, Clock& clock)
    : m_scope(scope),
      m_provider(provider),
      m_clock(clock),
      m_limiter(clock, scope.workspace().rate()),
      m_owner(store::this_process())
{
}

Settled Worker::submit(std::int64_t message_row, const std::stop_token& stop)
{
    sms::Message planned = store::Messages(m_scope).by_row(message_row).value();
    if (planned.status != sms::Status::planned)
        return {std::move(planned)};
    // Before the claim: who dies while waiting for the sender's turn has certainly not sent.
    if (!m_clock.wait(m_limiter.wait_for(sender_of(planned), planned.segments), stop))
        return give_up({std::move(planned)});
    for (int attempt = 1;; ++attempt) {
        const auto claimed = claim(message_row);
        if (!claimed)
            return {store::Messages(m_scope).by_row(message_row).value()};
        const providers::SubmitOutcome outcome =
            m_provider.submit(outgoing(claimed->message, claimed->entry));
        const auto* const not_sent = std::get_if<providers::NotSent>(&outcome);
        const Millis asked =
            not_sent != nullptr ? not_sent->retry_after.value_or(Millis::zero()) : Millis::zero();
        const bool last_try = attempt == submit_tries || asked > longest_pause;
        Settled settled = record(*claimed, outcome, last_try);
        if (asked > longest_pause)
            settled.retry_after = asked;
        if (not_sent == nullptr || last_try)
            return settled;
        if (!m_clock.wait(retry_delay(attempt + 1, not_sent->retry_after, unit_random()), stop))
            return give_up(std::move(settled));
    }
}

std::optional<Worker::Claimed> Worker::claim(std::int64_t message_row)
{
    store::Transaction transaction = m_scope.begin();
    store::Outbox outbox(m_scope);
    auto message = store::Messages(m_scope).by_row(message_row);
    auto entry = outbox.find(message_row);
    if (!message || !entry || message->status != sms::Status::planned ||
        !outbox.claim(message_row, m_owner, m_clock.now() + lease_length))
        return std::nullopt;
    ++message->attempts;
    set_status(*message, sms::Status::submitting, "");
    transaction.commit();
    return Claimed{std::move(*message), std::move(*entry)};
}

Settled
Worker::record(const Claimed& claimed, const providers::SubmitOutcome& outcome, bool last_try)
{
    const auto* const accepted = std::get_if<providers::Accepted>(&outcome);
    try {
        store::Transaction transaction = m_scope.begin();
        // Read anew: others may have marked it while the request was under way, or taken us for
        // dead.
        Settled settled{store::Messages(m_scope).by_row(claimed.message.row).value()};
        if (accepted != nullptr)
            record_accepted(settled, *accepted);
        else if (!is_in_the_air(settled.message.status))
            return settled;
        else if (const auto* rejected = std::get_if<providers::Rejected>(&outcome))
            record_rejected(settled, *rejected);
        else if (const auto* not_sent = std::get_if<providers::NotSent>(&outcome))
            record_not_sent(settled, *not_sent, last_try);
        else
            record_unknown(settled, std::get<providers::Unknown>(outcome));
        transaction.commit();
        return settled;
    } catch (const std::exception& error) {
        if (std::holds_alternative<providers::NotSent>(outcome))
            throw;
        throw Error(
            Exit::in_doubt,
            "in_doubt.not_recorded",
            fmt::format("{} was submitted{}, but the answer could not be stored: {}",
                        claimed.message.id,
                        accepted != nullptr ? " as " + accepted->message.provider_id : "",
                        error.what()),
            "do not send it again; make room or unlock the database, then run smsctl reconcile");
    }
}

void Worker::record_accepted(Settled& settled, const providers::Accepted& accepted)
{
    sms::Message& message = settled.message;
    const std::string& provider_id = accepted.message.provider_id;
    if (const auto other = store::Messages(m_scope).by_provider_id(provider_id);
        other && other->row != message.row) {
        record_unknown(
            settled,
            {fmt::format("the provider answered with {}, which is {}", provider_id, other->id)});
        return;
    }
    message.provider_id = accepted.message.provider_id;
    message.failure.reset();
    store::Messages(m_scope).update(message);
    updates::Updates updates(m_scope, m_clock);
    providers::RemoteMessage remote = accepted.message;
    remote.direction = sms::Direction::outbound;
    if (!remote.status)
        remote.status = sms::Status::accepted;
    if (auto applied = updates.apply(remote, sms::EventSource::submit); applied.message)
        message = std::move(*applied.message);
    updates.adopt_orphans(message);
    store::Outbox(m_scope).finish(message.row);
}

void Worker::record_rejected(Settled& settled, const providers::Rejected& rejected)
{
    sms::Message& message = settled.message;
    settled.error = rejected.error;
    message.failure = failure_of(rejected.error);
    if (refused_credentials(rejected.error) && !message.key.empty()) {
        set_status(message, sms::Status::planned, rejected.error.message);
        store::Outbox(m_scope).release(message.row);
        return;
    }
    set_status(message, sms::Status::rejected, rejected.error.message);
    store::Outbox(m_scope).finish(message.row);
    if (rejected.error.fault.code == opted_out_code)
        store::OptOuts(m_scope).add(
            message.to,
            sender_of(message),
            fmt::format("{} {}", m_scope.workspace().provider, opted_out_code),
            m_clock.now());
}

void Worker::record_not_sent(Settled& settled, const providers::NotSent& not_sent, bool last_try)
{
    sms::Message& message = settled.message;
    settled.error = not_sent.error;
    message.failure = failure_of(not_sent.error);
    store::Outbox outbox(m_scope);
    // Without a key nobody can ask for this very message again, and the caller, told that it was
    // not sent, will send anew: leaving it planned would then send it twice.
    if (last_try && message.key.empty()) {
        set_status(message, sms::Status::failed, not_sent.error.message);
        outbox.finish(message.row);
    } else {
        set_status(message, sms::Status::planned, not_sent.error.message);
        outbox.release(message.row);
    }
}

void Worker::record_unknown(Settled& settled, const providers::Unknown& unknown)
{
    settled.message.failure = sms::Failure{"in_doubt", unknown.reason};
    set_status(settled.message, sms::Status::in_doubt, unknown.reason);
    store::Outbox(m_scope).release(settled.message.row);
}

Settled Worker::give_up(Settled settled)
{
    settled.stopped = true;
    if (!settled.message.key.empty())
        return settled;
    store::Transaction transaction = m_scope.begin();
    settled.message = store::Messages(m_scope).by_row(settled.message.row).value();
    if (settled.message.status == sms::Status::planned) {
        settled.message.failure = sms::Failure{"interrupted", "stopped before it was submitted"};
        set_status(settled.message, sms::Status::failed, settled.message.failure->text);
        store::Outbox(m_scope).finish(settled.message.row);
    }
    transaction.commit();
    return settled;
}

void Worker::set_status(sms::Message& message, sms::Status status, std::string_view reason)
{
    message.status = status;
    message.status_at = m_clock.now();
    sms::Event event;
    event.kind = sms::EventKind::status;
    event.source = sms::EventSource::submit;
    event.message_row = message.row;
    event.message_id = message.id;
    event.provider_id = message.provider_id;
    event.status = sms::word(status);
    event.error_code = message.failure ? message.failure->code : "";
    event.reason = reason;
    event.created_at = message.status_at;
    message.seq = store::EventLog(m_scope).append(event);
    store::Messages(m_scope).update(message);
}

int Worker::settle_abandoned()
{
    store::Transaction transaction = m_scope.begin();
    store::Outbox outbox(m_scope);
    store::Messages messages(m_scope);
    int count = 0;
    for (const std::int64_t row : outbox.abandoned(m_clock.now())) {
        auto message = messages.by_row(row);
        outbox.release(row);
        if (!message || message->status != sms::Status::submitting)
            continue;
        message->failure = sms::Failure{"in_doubt", "the process that submitted it died"};
        set_status(*message, sms::Status::in_doubt, message->failure->text);
        ++count;
    }
    transaction.commit();
    return count;
}

} // namespace smsctl::delivery
