#include "delivery/enqueue.hpp"

#include "core/crypto.hpp"
#include "core/error.hpp"
#include "core/id.hpp"
#include "core/time_text.hpp"
#include "delivery/checks.hpp"
#include "http/url.hpp"
#include "sms/quiet_hours.hpp"
#include "store/conversations.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"
#include "store/opt_outs.hpp"
#include "store/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl::delivery {

namespace {

/// Between plan and claim lies the sender's turn, of which nobody knows how long it takes to come.
constexpr auto planned_lease = std::chrono::hours(1);

void check_key(const sms::Message& first, const std::string& content_hash)
{
    if (first.content_hash != content_hash)
        throw usage_error(
            "usage.key_reused",
            fmt::format("key {} belongs to {} with other content", first.key, first.id),
            "give a new message a key of its own");
}

} // namespace

Enqueue::Enqueue(store::Scope& scope, const Clock& clock) : m_scope(scope), m_clock(clock) {}

Verdict Enqueue::check(const Draft& draft)
{
    Verdict verdict;
    std::string our_address;
    const phone::Address to = recipient_of(draft.to, our_address);
    if (!to.warning.empty())
        verdict.warnings.push_back(fmt::format("{}: {}", to.text, to.warning));
    sms::Message& message = verdict.message;
    message.to = to.text;
    message.key = draft.key;
    message.tag = draft.tag;
    message.provider = m_scope.workspace().provider;
    message.content_hash = content_hash_of(draft, to.text);
    verdict.status_callback = draft.status_callback;
    verdict.validity_seconds = draft.validity_seconds;
    check_content(draft, m_scope.workspace().max_segments(), verdict);
    choose_sender(draft, verdict, our_address);
    check_policy(verdict);
    return verdict;
}

phone::Address Enqueue::recipient_of(const std::string& to, std::string& our_address)
{
    if (to.starts_with("conv_")) {
        const auto conversation = store::Conversations(m_scope).by_id(to);
        if (!conversation)
            throw not_found_error("conversation", to, "smsctl inbox lists them");
        our_address = conversation->our_address;
        return {.text = conversation->contact_address, .kind = {}, .warning = {}};
    }
    phone::AddressVerdict verdict = phone::recipient(to, m_scope.workspace().region());
    if (verdict.address)
        return std::move(*verdict.address);
    if (const auto contact = store::Contacts(m_scope).find(to))
        return {.text = contact->address, .kind = {}, .warning = {}};
    throw usage_error(
        "usage.recipient",
        fmt::format("recipient {} {}", to, verdict.reason),
        "give a number like +14155550100, or a contact's or conversation's name or id");
}

void Enqueue::choose_sender(const Draft& draft, Verdict& verdict, const std::string& our_address)
{
    const Workspace& workspace = m_scope.workspace();
    const std::vector<sms::Number> numbers = store::Numbers(m_scope).list(false);
    std::string sender = !draft.from.empty() ? draft.from : our_address;
    if (sender.empty())
        sender = workspace.setting("from");
    if (sender.empty())
        sender = workspace.setting("messaging-service");
    if (sender.empty())
        sender = only_sender(numbers, workspace.name);
    if (is_messaging_service(sender)) {
        verdict.message.messaging_service_id = sender;
        return;
    }
    verdict.message.from = owned_sender(sender, workspace, numbers, !draft.media_urls.empty());
    if (verdict.message.from == verdict.message.to)
        throw usage_error("usage.same_number",
                          fmt::format("{} cannot text itself", verdict.message.to),
                          "choose another recipient or --from");
}

void Enqueue::check_policy(Verdict& verdict)
{
    sms::Message& message = verdict.message;
    const Workspace& workspace = m_scope.workspace();
    const std::string& our_address =
        message.from.empty() ? message.messaging_service_id : message.from;
    if (const auto price = workspace.segment_price_micros())
        verdict.estimated_price_micros = *price * message.segments;
    verdict.currency = "USD";

    if (const auto opt_out = store::OptOuts(m_scope).find(message.to, our_address)) {
        verdict.blocked = opt_out_verdict(message.to, *opt_out);
        return;
    }
    if (!message.key.empty()) {
        if (auto first = store::Messages(m_scope).by_key(message.key)) {
            check_key(*first, message.content_hash);
            verdict.replay = std::move(first);
            // One that is still to be sent is held to the hours like any other, though its cost
            // is counted already.
            if (verdict.replay->status != sms::Status::planned)
                return;
        }
    }
    const auto contact = store::Contacts(m_scope).by_address(message.to);
    verdict.blocked = quiet_hours_verdict(
        workspace, message.to, contact ? contact->time_zone : "", m_clock.now());
    if (verdict.blocked)
        verdict.replay.reset();
    if (verdict.blocked || verdict.replay)
        return;
    const auto cap = workspace.daily_cap_micros();
    if (!cap)
        return;
    const auto today = std::chrono::floor<std::chrono::days>(m_clock.now());
    const std::int64_t spent = store::Messages(m_scope).spent_micros(
        Instant(today), workspace.segment_price_micros().value_or(0));
    if (spent + verdict.estimated_price_micros.value_or(0) > *cap)
        verdict.blocked = sms::Failure{
            "blocked.daily_cap",
            fmt::format("{} of today's cap of {} is spent (UTC)", decimal(spent), decimal(*cap))};
}

sms::Message Enqueue::plan(Verdict& verdict)
{
    store::Transaction transaction = m_scope.begin();
    sms::Message message = write(verdict);
    transaction.commit();
    return message;
}

void Enqueue::plan_all(std::vector<Verdict>& verdicts)
{
    store::Transaction transaction = m_scope.begin();
    for (Verdict& verdict : verdicts)
        if (!verdict.replay)
            verdict.message = write(verdict);
    transaction.commit();
}

sms::Message Enqueue::write(Verdict& verdict)
{
    const Instant now = m_clock.now();
    store::Messages messages(m_scope);
    sms::Message message = verdict.message;
    if (verdict.blocked) {
        // A blocked message is kept as evidence, but must not use up its key: the same command
        // is meant to work once the reason is gone.
        message.key.clear();
        message.status = sms::Status::blocked;
        message.failure = verdict.blocked;
    } else if (!message.key.empty()) {
        if (auto first = messages.by_key(message.key)) {
            check_key(*first, message.content_hash);
            verdict.replay = first;
            return *first;
        }
    }
    const std::string& our_address =
        message.from.empty() ? message.messaging_service_id : message.from;
    const sms::Contact contact = store::Contacts(m_scope).find_or_create(message.to, "", now);
    store::Conversations conversations(m_scope);
    const sms::Conversation conversation =
        conversations.find_or_create(contact.row, our_address, now);
    message.id = new_id("msg", now);
    message.conversation_row = conversation.row;
    message.conversation_id = conversation.id;
    message.status_at = now;
    message.created_at = now;
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
    if (!verdict.blocked)
        store::Outbox(m_scope).add({.message_row = message.row,
                                    .sender = our_address,
                                    .due_at = now,
                                    .status_callback = verdict.status_callback,
                                    .validity_seconds = verdict.validity_seconds,
                                    .owner = store::this_process(),
                                    .lease_until = now + planned_lease});
    return message;
}

} // namespace smsctl::delivery
