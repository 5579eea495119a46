// An automatic reply leaves within the answer to a webhook. The provider makes a message of it and
// tells us of that message only where we ask for its status callbacks; the first of them says which
// id it got.
#include "updates/reply.hpp"

#include "core/id.hpp"
#include "sms/event.hpp"
#include "sms/segments.hpp"
#include "store/conversations.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/replies.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl::updates {

sms::Message
enter_reply(store::Scope& scope, const sms::Message& inbound, std::string body, Instant now)
{
    sms::Message message;
    message.id = new_id("msg", now);
    message.direction = sms::Direction::outbound;
    message.conversation_row = inbound.conversation_row;
    message.conversation_id = inbound.conversation_id;
    message.from = inbound.to;
    message.to = inbound.from;
    if (inbound.to.empty())
        message.messaging_service_id = inbound.messaging_service_id;
    const sms::SegmentCount count = sms::count_segments(body);
    message.segments = static_cast<int>(count.segments.size());
    message.encoding = count.encoding;
    message.body = std::move(body);
    message.status = sms::Status::in_doubt;
    message.status_at = now;
    message.provider = scope.workspace().provider;
    message.attempts = 1;
    message.created_at = now;
    store::Messages messages(scope);
    messages.insert(message);

    sms::Event event;
    event.kind = sms::EventKind::message;
    event.source = sms::EventSource::submit;
    event.message_row = message.row;
    event.message_id = message.id;
    event.status = sms::word(message.status);
    event.reason = fmt::format("in answer to {}", inbound.id);
    event.created_at = now;
    message.seq = store::EventLog(scope).append(event);
    messages.update(message);
    store::Conversations(scope).add_message(inbound.conversation_row, message.row, now, false);
    return message;
}

void adopt_reply(store::Scope& scope,
                 std::string_view message_id,
                 const providers::StatusReport& report)
{
    store::Messages messages(scope);
    if (messages.by_provider_id(report.provider_id))
        return;
    auto message = messages.by_id(message_id);
    if (!message || !message->provider_id.empty() || message->to != report.to ||
        !store::Replies(scope).has(message->row))
        return;
    message->provider_id = report.provider_id;
    messages.update(*message);
}

} // namespace smsctl::updates
