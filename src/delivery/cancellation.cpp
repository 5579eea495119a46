// A race with whoever submits is decided by the database: what is planned and in nobody's hand is
// canceled in one transaction, and what somebody has in hand is not ours any more.
#include "delivery/cancellation.hpp"

#include "core/error.hpp"
#include "delivery/list_plan.hpp"
#include "delivery/recorder.hpp"
#include "store/batches.hpp"
#include "store/messages.hpp"
#include "store/outbox.hpp"
#include "updates/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl::delivery {

namespace {

constexpr std::int64_t rows_a_piece = 5000;
/// Longer than a request may take.
constexpr auto longest_wait = std::chrono::minutes(1);
constexpr Millis look_every(200);

Error refusal(const char* code, const sms::Message& message, std::string_view why)
{
    return {Exit::rejected,
            fmt::format("rejected.{}", code),
            fmt::format("{} {}", message.id, why),
            fmt::format("smsctl message show {}", message.id)};
}

/// Why a message that went, or never will, cannot be canceled.
Error settled_already(const sms::Message& message)
{
    const bool has_left = !sms::is_final(message.status) || message.sent_at ||
                          message.status == sms::Status::delivered ||
                          message.status == sms::Status::read ||
                          message.status == sms::Status::undelivered;
    const std::string_view status = sms::word(message.status);
    if (has_left)
        return refusal("too_late", message, fmt::format("is {}: it cannot be canceled", status));
    return refusal(
        "final", message, fmt::format("is {} already: there is nothing to cancel", status));
}

std::int64_t count_of(const sms::StatusCounts& counts, sms::Status status)
{
    const auto found = counts.find(status);
    return found == counts.end() ? 0 : found->second;
}

} // namespace

Cancellation::Cancellation(store::Scope& scope, Clock& clock, ProviderSource provider)
    : m_scope(scope), m_clock(clock), m_provider(std::move(provider))
{
}

/// Who can take it back; `nobody` where that was done already.
Cancellation::Holder Cancellation::holder_of(const sms::Message& message)
{
    if (message.direction == sms::Direction::inbound)
        throw usage_error("usage.inbound", message.id + " is an inbound message");
    const auto entry = store::Outbox(m_scope).find(message.row);
    const bool is_in_hand = entry && !entry->owner.empty();
    switch (message.status) {
    case sms::Status::canceled:
        return Holder::nobody;
    case sms::Status::planned:
        if (!is_in_hand)
            return Holder::us;
        [[fallthrough]];
    case sms::Status::submitting:
        throw refusal("in_hand", message, "is being submitted just now");
    case sms::Status::in_doubt:
        throw Error(Exit::rejected,
                    "rejected.in_doubt",
                    fmt::format("nobody knows whether {} was sent", message.id),
                    "smsctl reconcile, then cancel it again");
    case sms::Status::scheduled:
    case sms::Status::accepted:
    case sms::Status::queued:
        return Holder::provider;
    default:
        throw settled_already(message);
    }
}

void Cancellation::take_back(sms::Message& message)
{
    sms::Event event;
    event.source = sms::EventSource::command;
    message.failure.reset();
    updates::Updates(m_scope, m_clock).move(message, sms::Status::canceled, event);
    store::Outbox(m_scope).finish(message.row);
}

sms::Message Cancellation::cancel(const sms::Message& message)
{
    store::Messages messages(m_scope);
    sms::Message now;
    {
        store::Transaction transaction = m_scope.begin();
        now = messages.by_row(message.row).value();
        const Holder holder = holder_of(now);
        if (holder == Holder::us)
            take_back(now);
        transaction.commit();
        if (holder != Holder::provider)
            return now;
    }
    const providers::RemoteMessage remote = m_provider().cancel(now.provider_id);
    {
        store::Transaction transaction = m_scope.begin();
        updates::Updates(m_scope, m_clock).apply(remote, sms::EventSource::command);
        transaction.commit();
    }
    now = messages.by_row(message.row).value();
    if (now.status != sms::Status::canceled)
        throw settled_already(now);
    return now;
}

sms::Message Cancellation::rehearse(sms::Message message)
{
    if (holder_of(message) != Holder::nobody)
        message.status = sms::Status::canceled;
    return message;
}

/// Where its messages stand; throws when there is nothing that could be taken back.
sms::StatusCounts Cancellation::check(const sms::Batch& batch)
{
    if (batch.state == sms::BatchState::planning)
        throw store::liveness(batch.planner) == store::Liveness::gone
            ? Error(Exit::rejected,
                    "rejected.not_planned",
                    fmt::format("{} was never planned to its end: nothing of it leaves", batch.id),
                    "run bulk with its list again to plan it anew")
            : Error(Exit::pending,
                    "pending.elsewhere",
                    fmt::format("another process is planning {}", batch.id),
                    "stop that with ^C, or cancel the batch once it is planned");
    sms::StatusCounts counts = store::Batches(m_scope).status_counts(batch);
    if (batch.state != sms::BatchState::canceled && count_of(counts, sms::Status::planned) == 0 &&
        count_of(counts, sms::Status::submitting) == 0 &&
        count_of(counts, sms::Status::scheduled) == 0)
        throw Error(Exit::rejected,
                    "rejected.final",
                    fmt::format("all of {} has left: there is nothing to cancel", batch.id),
                    fmt::format("smsctl bulk show {}", batch.id));
    return counts;
}

sms::StatusCounts Cancellation::rehearse(sms::Batch& batch)
{
    sms::StatusCounts counts = check(batch);
    for (const sms::Status status : {sms::Status::planned, sms::Status::scheduled}) {
        counts[sms::Status::canceled] += count_of(counts, status);
        counts.erase(status);
    }
    batch.state = sms::BatchState::canceled;
    return counts;
}

/// Nobody takes rows of a batch that is not planned.
void Cancellation::close(sms::Batch& batch)
{
    store::Batches batches(m_scope);
    store::Transaction transaction = m_scope.begin();
    batch = batches.resolve(batch.id);
    check(batch);
    if (batch.state != sms::BatchState::canceled) {
        batch.state = sms::BatchState::canceled;
        log_batch(m_scope, m_clock, batch, "canceled");
        batches.update(batch);
    }
    transaction.commit();
}

CanceledBatch
Cancellation::cancel(sms::Batch& batch, const OnProgress& on_progress, const std::stop_token& stop)
{
    close(batch);
    CanceledBatch canceled;
    for (std::int64_t first = batch.first_message_row;
         first <= batch.last_message_row && !stop.stop_requested();
         first += rows_a_piece) {
        const std::int64_t last = std::min(first + rows_a_piece - 1, batch.last_message_row);
        store::Transaction transaction = m_scope.begin();
        canceled.here += store::Batches(m_scope).cancel_unsent(batch, {first, last}, m_clock.now());
        transaction.commit();
        on_progress(canceled);
    }
    await_hands(batch, canceled, stop);
    cancel_held(batch, canceled, on_progress, stop);
    return canceled;
}

/// What was in the air when the batch was closed is settled, or the provider holds it.
void Cancellation::await_hands(const sms::Batch& batch,
                               CanceledBatch& canceled,
                               const std::stop_token& stop)
{
    const Instant until = m_clock.now() + longest_wait;
    while (true) {
        settle_abandoned(m_scope, m_clock);
        canceled.in_hand = store::Batches(m_scope).in_hand(batch);
        if (canceled.in_hand == 0 || stop.stop_requested() || m_clock.now() >= until)
            return;
        m_clock.wait(look_every, stop);
    }
}

void Cancellation::cancel_held(const sms::Batch& batch,
                               CanceledBatch& canceled,
                               const OnProgress& on_progress,
                               const std::stop_token& stop)
{
    constexpr int page = 100;
    std::int64_t after_row = 0;
    while (true) {
        const auto held = store::Batches(m_scope).held(batch, after_row, page);
        if (held.empty())
            return;
        for (const sms::Message& message : held) {
            if (stop.stop_requested())
                return;
            after_row = message.row;
            try {
                cancel(message);
                ++canceled.at_provider;
            } catch (const Error& error) {
                if (error.exit() != Exit::rejected && error.exit() != Exit::not_found)
                    throw;
                ++canceled.too_late;
            }
            on_progress(canceled);
        }
    }
}

} // namespace smsctl::delivery
