// What was checked is put down: message, event and outbox entry in one transaction, before anybody
// touches the network.
#include "core/id.hpp"
#include "core/time_text.hpp"
#include "delivery/checks.hpp"
#include "delivery/enqueue.hpp"
#include "store/conversations.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/outbox.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl::delivery {

namespace {

/// Between plan and claim lies the sender's turn, of which nobody knows how long it takes to come.
constexpr auto planned_lease = std::chrono::hours(1);

/// When an entry is due, and for whom: here or at the provider.
void set_time(store::OutboxEntry& entry, const Verdict& verdict, Instant now)
{
    entry.is_scheduled = verdict.waits_until.has_value();
    entry.due_at = verdict.waits_until.value_or(now);
    entry.send_at = verdict.waits_until ? std::nullopt : verdict.message.scheduled_at;
}

} // namespace

sms::Message Enqueue::plan(Verdict& verdict)
{
    store::Transaction transaction = m_scope.begin();
    put_down(verdict);
    transaction.commit();
    return verdict.replay ? *verdict.replay : verdict.message;
}

void Enqueue::plan_all(std::vector<Verdict>& verdicts)
{
    store::Transaction transaction = m_scope.begin();
    for (Verdict& verdict : verdicts)
        put_down(verdict);
    transaction.commit();
}

void Enqueue::put_down(Verdict& verdict)
{
    sms::Message& message = verdict.message;
    if (verdict.blocked) {
        // A blocked message is kept as evidence, but must not use up its key: the same command
        // is meant to work once the reason is gone.
        message.key.clear();
    } else if (!verdict.replay && !message.key.empty()) {
        if (auto first = store::Messages(m_scope).by_key(message.key)) {
            check_key(*first, message.content_hash);
            verdict.replay = std::move(first);
        } else {
            check_removed(m_scope, message);
        }
    }
    if (verdict.replay)
        take_time(verdict);
    else
        write(verdict);
}

void Enqueue::write(Verdict& verdict)
{
    const Instant now = m_clock.now();
    sms::Message& message = verdict.message;
    if (verdict.blocked) {
        message.status = sms::Status::blocked;
        message.failure = verdict.blocked;
    }
    const std::string& our_address = sms::sender_of(message);
    const sms::Contact contact = store::Contacts(m_scope).find_or_create(message.to, "", now);
    store::Conversations conversations(m_scope);
    const sms::Conversation conversation =
        conversations.find_or_create(contact.row, our_address, now);
    message.id = new_id("msg", now);
    message.conversation_row = conversation.row;
    message.conversation_id = conversation.id;
    message.status_at = now;
    message.created_at = now;
    store::Messages messages(m_scope);
    messages.insert(message);

    sms::Event event;
    event.kind = sms::EventKind::message;
    event.source = sms::EventSource::command;
    event.message_row = message.row;
    event.message_id = message.id;
    event.status = sms::word(message.status);
    event.error_code = message.failure ? message.failure->code : "";
    event.reason = message.failure ? message.failure->text : "";
    event.created_at = now;
    message.seq = store::EventLog(m_scope).append(event);
    messages.update(message);
    conversations.add_message(conversation.row, message.row, now, false);
    if (verdict.blocked)
        return;
    store::OutboxEntry entry{.message_row = message.row,
                             .sender = our_address,
                             .status_callback = verdict.status_callback,
                             .validity_seconds = verdict.validity_seconds};
    set_time(entry, verdict, now);
    if (!verdict.waits_until) {
        entry.owner = store::this_process();
        entry.lease_until = now + planned_lease;
    }
    store::Outbox(m_scope).add(entry);
}

void Enqueue::take_time(Verdict& verdict)
{
    const Instant now = m_clock.now();
    store::Messages messages(m_scope);
    store::Outbox outbox(m_scope);
    sms::Message& first = *verdict.replay;
    first = messages.by_row(first.row).value();
    auto entry = outbox.find(first.row);
    const bool is_ours_to_send = first.status == sms::Status::planned && entry &&
                                 entry->owner.empty() && !entry->is_scheduled;
    if (!is_ours_to_send) {
        verdict.waits_until =
            entry && entry->is_scheduled ? std::optional(entry->due_at) : std::nullopt;
        return;
    }
    if (!first.scheduled_at && !verdict.message.scheduled_at)
        return;
    first.scheduled_at = verdict.message.scheduled_at;
    set_time(*entry, verdict, now);
    outbox.update(*entry);
    sms::Event event;
    event.kind = sms::EventKind::change;
    event.source = sms::EventSource::command;
    event.message_row = first.row;
    event.message_id = first.id;
    event.reason = first.scheduled_at
                       ? fmt::format("to leave at {}", text::rfc3339(*first.scheduled_at))
                       : "to leave at once";
    event.created_at = now;
    first.seq = store::EventLog(m_scope).append(event);
    messages.update(first);
}

} // namespace smsctl::delivery
