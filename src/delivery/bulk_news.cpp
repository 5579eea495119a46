#include "delivery/bulk_news.hpp"

#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/opt_outs.hpp"
#include "store/outbox.hpp"
#include "updates/apply.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smsctl::delivery {

namespace {

namespace twilio = providers::twilio;

constexpr const char* opted_out_code = "21610";

/// Keeps the names that the bulk API has for it, as our columns have none for them.
std::string payload_of(const twilio::BulkMessage& news)
{
    return nlohmann::ordered_json{
        {"id", news.id}, {"operationId", news.operation_id}, {"status", news.status_word}}
        .dump();
}

/// The last try has the provider id that counts, and the reason of a failure.
const twilio::BulkAttempt* last_attempt(const twilio::BulkMessage& news)
{
    return news.attempts.empty() ? nullptr : &news.attempts.back();
}

/// A message that is there is accepted, whatever word it has. A failure is only believed with its
/// attempts, which say why: else the next look brings it.
sms::Status status_of(const twilio::BulkMessage& news)
{
    const sms::Status status = news.status.value_or(sms::Status::accepted);
    return sms::is_failure(status) && news.attempts.empty() ? sms::Status::accepted : status;
}

} // namespace

bool is_known(const sms::Message& message)
{
    return !message.provider_id.empty() || sms::is_final(message.status);
}

BulkNews::BulkNews(store::Scope& scope, const Clock& clock) : m_scope(scope), m_clock(clock) {}

std::optional<BulkNews::Changed> BulkNews::apply(const Item& item)
{
    store::Messages messages(m_scope);
    auto message = messages.by_row(item.message_row);
    if (!message || is_known(*message))
        return std::nullopt;
    const sms::Status before = message->status;
    sms::Event event;
    event.kind = sms::EventKind::unchanged;
    if (const auto* attempt = last_attempt(item.news);
        attempt != nullptr && !attempt->provider_id.empty() &&
        !messages.by_provider_id(attempt->provider_id)) {
        message->provider_id = attempt->provider_id;
        event.kind = sms::EventKind::change;
        event.reason = "its provider id is known now";
    }
    if (event.kind == sms::EventKind::unchanged && !sms::advance(before, status_of(item.news)))
        return std::nullopt;
    move(*message, item.news, event);
    store::Outbox(m_scope).finish(message->row);
    if (!message->provider_id.empty() &&
        !store::EventLog(m_scope).orphans(message->provider_id).empty())
        updates::Updates(m_scope, m_clock).adopt_orphans(*message);
    return Changed{*std::move(message), before};
}

void BulkNews::move(sms::Message& message, const twilio::BulkMessage& news, sms::Event& event)
{
    const sms::Status status = status_of(news);
    if (message.status == sms::Status::in_doubt)
        message.failure.reset();
    const auto* const attempt = last_attempt(news);
    if (attempt != nullptr && attempt->failure && sms::is_failure(status)) {
        message.failure = attempt->failure;
        event.error_code = attempt->failure->code;
        if (attempt->failure->code == opted_out_code)
            store::OptOuts(m_scope).add(
                message.to,
                sms::sender_of(message),
                fmt::format("{} {}", m_scope.workspace().provider, opted_out_code),
                m_clock.now());
    }
    event.source = sms::EventSource::poll;
    event.provider_id = message.provider_id;
    event.status = news.status_word;
    event.payload = payload_of(news);
    updates::Updates(m_scope, m_clock).move(message, status, event);
}

std::optional<BulkNews::Changed> BulkNews::unaddressable(std::int64_t message_row)
{
    auto message = store::Messages(m_scope).by_row(message_row);
    if (!message || is_known(*message))
        return std::nullopt;
    const sms::Status before = message->status;
    message->failure = sms::Failure{"unaddressable", "the provider found no way to the recipient"};
    sms::Event event;
    event.source = sms::EventSource::poll;
    event.error_code = message->failure->code;
    event.reason = message->failure->text;
    updates::Updates(m_scope, m_clock).move(*message, sms::Status::failed, event);
    store::Outbox(m_scope).finish(message->row);
    return Changed{*std::move(message), before};
}

} // namespace smsctl::delivery
