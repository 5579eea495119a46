#include "updates/settlement.hpp"

#include "store/batches.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/outbox.hpp"
#include "updates/details.hpp"
#include "updates/report.hpp"

#include <utility>

namespace smsctl::updates {

namespace {

std::optional<sms::Message> in_doubt(store::Scope& scope, std::int64_t row)
{
    auto message = store::Messages(scope).by_row(row);
    const bool is_in_doubt = message && message->status == sms::Status::in_doubt &&
                             message->provider_id.empty() && message->bulk_request_row == 0;
    return is_in_doubt ? std::move(message) : std::nullopt;
}

sms::Event event_about(const sms::Message& message, std::string_view evidence)
{
    sms::Event event;
    event.source = sms::EventSource::poll;
    event.message_row = message.row;
    event.message_id = message.id;
    event.provider_id = message.provider_id;
    event.status = sms::word(message.status);
    event.error_code = message.failure ? message.failure->code : "";
    event.reason = evidence;
    return event;
}

/// Writes `message` as it is, and the event that says so.
Applied enter(store::Scope& scope, sms::Message message, sms::Event event, Instant now)
{
    event.created_at = now;
    message.seq = store::EventLog(scope).append(event);
    store::Messages(scope).update(message);
    return {std::move(event), std::move(message)};
}

/// What becomes of a message that was never sent; the outbox is made to agree.
sms::Status let_go(store::Scope& scope, const sms::Message& message, Instant now)
{
    store::Outbox outbox(scope);
    const auto entry = outbox.find(message.row);
    if (!entry) // a reply within the answer to a webhook, which is over
        return sms::Status::failed;
    if (message.batch_row == 0) {
        outbox.defer(message.row, now); // nobody else may come back for it
        return sms::Status::planned;
    }
    if (!store::Batches(scope).is_canceled(message.batch_row))
        return sms::Status::planned;
    outbox.finish(message.row);
    return sms::Status::canceled;
}

} // namespace

std::optional<Applied> adopt(store::Scope& scope,
                             const Clock& clock,
                             std::int64_t row,
                             const providers::RemoteMessage& remote,
                             std::string_view evidence)
{
    auto message = in_doubt(scope, row);
    if (!message || store::Messages(scope).row_of_provider_id(remote.provider_id) != 0)
        return std::nullopt;
    message->provider_id = remote.provider_id;
    message->failure = remote.failure;
    fill_in(*message, report_of(remote));
    Updates updates(scope, clock);
    sms::Event event = event_about(*message, evidence);
    event.status = remote.status_word;
    updates.move(*message, remote.status.value_or(sms::Status::accepted), event);
    store::Outbox(scope).finish(row);
    updates.adopt_orphans(*message);
    return Applied{std::move(event), std::move(message)};
}

std::optional<Applied>
plan_again(store::Scope& scope, const Clock& clock, std::int64_t row, std::string_view evidence)
{
    auto message = in_doubt(scope, row);
    if (!message)
        return std::nullopt;
    const Instant now = clock.now();
    message->status = let_go(scope, *message, now);
    message->status_at = now;
    message->failure.reset();
    if (message->status == sms::Status::failed)
        message->failure = sms::Failure{"not_sent", "the provider has no such message"};
    sms::Event event = event_about(*message, evidence);
    event.kind = sms::EventKind::status;
    return enter(scope, *std::move(message), std::move(event), now);
}

std::optional<Applied>
stay_in_doubt(store::Scope& scope, const Clock& clock, std::int64_t row, std::string_view evidence)
{
    auto message = in_doubt(scope, row);
    if (!message || (message->failure && message->failure->text == evidence))
        return std::nullopt;
    message->failure = sms::Failure{"in_doubt", std::string(evidence)};
    sms::Event event = event_about(*message, evidence);
    event.kind = sms::EventKind::change;
    return enter(scope, *std::move(message), std::move(event), clock.now());
}

} // namespace smsctl::updates
