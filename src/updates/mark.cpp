#include "updates/mark.hpp"

#include "store/event_log.hpp"
#include "store/messages.hpp"

#include <utility>

namespace smsctl::updates {

namespace {

bool is_same(const sms::Message& left, const sms::Message& right)
{
    return left.processed == right.processed && left.chat_id == right.chat_id &&
           left.response_id == right.response_id;
}

void write(store::Scope& scope, sms::Message& message, Instant now)
{
    sms::Event event;
    event.kind = sms::EventKind::change;
    event.source = sms::EventSource::command;
    event.message_row = message.row;
    event.message_id = message.id;
    event.provider_id = message.provider_id;
    event.reason = "marked processed";
    event.created_at = now;
    message.seq = store::EventLog(scope).append(event);
    store::Messages(scope).update(message);
}

} // namespace

sms::Message with_mark(sms::Message message, const ProcessedMark& mark)
{
    message.processed = true;
    if (mark.chat_id)
        message.chat_id = *mark.chat_id;
    if (mark.response_id)
        message.response_id = *mark.response_id;
    return message;
}

std::vector<sms::Message> mark_processed(store::Scope& scope,
                                         const Clock& clock,
                                         const std::vector<sms::Message>& messages,
                                         const ProcessedMark& mark)
{
    std::vector<sms::Message> marked;
    store::Transaction transaction = scope.begin();
    for (const sms::Message& asked : messages) {
        // Read again under the write lock: a status may have come in since it was resolved.
        const sms::Message before = store::Messages(scope).by_row(asked.row).value_or(asked);
        sms::Message after = with_mark(before, mark);
        if (!is_same(before, after))
            write(scope, after, clock.now());
        marked.push_back(std::move(after));
    }
    transaction.commit();
    return marked;
}

} // namespace smsctl::updates
