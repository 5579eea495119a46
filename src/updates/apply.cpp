// One door for news. A callback, a poll and the answer to a submit all end up in `move`, which asks
// `sms::advance` and writes the event either way: what changed nothing is kept as evidence too.
#include "updates/apply.hpp"

#include "core/id.hpp"
#include "store/conversations.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/opt_outs.hpp"
#include "store/removals.hpp"
#include "updates/details.hpp"
#include "updates/opt_out_order.hpp"
#include "updates/report.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl::updates {

void reach(sms::Message& message, sms::Status status, Instant now)
{
    message.status = status;
    message.status_at = now;
    if (status == sms::Status::sent && !message.sent_at)
        message.sent_at = now;
    if (status == sms::Status::delivered && !message.delivered_at)
        message.delivered_at = now;
}

namespace {

/// News of a redacted message must not bring its text back.
void leave_out_text(sms::Event& event, const sms::Message& message)
{
    if (!message.redacted_at)
        return;
    event.payload.clear();
    event.request.clear();
}

} // namespace

sms::Event submit_event(const sms::Message& message)
{
    sms::Event event;
    event.kind = message.batch_row != 0 && message.attempts <= 1 ? sms::EventKind::message
                                                                 : sms::EventKind::status;
    event.source = sms::EventSource::submit;
    event.message_row = message.row;
    event.message_id = message.id;
    event.provider_id = message.provider_id;
    return event;
}

Updates::Updates(store::Scope& scope, const Clock& clock, std::string request)
    : m_scope(scope), m_clock(clock), m_request(std::move(request))
{
}

sms::Event Updates::event_about(const providers::StatusReport& report,
                                sms::EventSource source,
                                std::string_view payload) const
{
    sms::Event event;
    event.source = source;
    event.provider_id = report.provider_id;
    event.status = report.status_word;
    event.error_code = report.failure ? report.failure->code : "";
    event.payload = payload;
    event.request = m_request;
    return event;
}

void Updates::move(sms::Message& message, sms::Status status, sms::Event& event)
{
    const Instant now = m_clock.now();
    const auto next = sms::advance(message.status, status);
    event.message_row = message.row;
    event.message_id = message.id;
    event.created_at = now;
    if (event.status.empty())
        event.status = sms::word(status);
    if (!next) {
        if (event.kind != sms::EventKind::change)
            event.kind = sms::EventKind::unchanged;
        if (event.reason.empty())
            event.reason = fmt::format("already {}", sms::word(message.status));
    } else {
        event.kind = sms::EventKind::status;
        reach(message, *next, now);
    }
    store::EventLog log(m_scope);
    const std::int64_t seq = log.append(event);
    if (event.kind != sms::EventKind::unchanged)
        message.seq = seq;
    store::Messages(m_scope).update(message);
}

Applied Updates::apply(const providers::InboundMessage& inbound,
                       sms::EventSource source,
                       std::string_view payload,
                       std::optional<Instant> received_at)
{
    store::Messages messages(m_scope);
    store::EventLog log(m_scope);
    const Instant now = m_clock.now();

    sms::Event event;
    event.source = source;
    event.provider_id = inbound.provider_id;
    event.status = sms::word(sms::Status::received);
    event.payload = payload;
    event.request = m_request;
    event.created_at = now;

    if (auto stored = messages.by_provider_id(inbound.provider_id)) {
        event.kind = sms::EventKind::unchanged;
        event.message_row = stored->row;
        event.message_id = stored->id;
        event.reason = stored->redacted_at || stored->body == inbound.body
                           ? "received before"
                           : "received before with another text";
        leave_out_text(event, *stored);
        log.append(event);
        return {std::move(event), std::move(stored)};
    }
    if (log_if_removed(event))
        return {.event = std::move(event), .message = std::nullopt, .was_removed = true};

    sms::Message message;
    message.direction = sms::Direction::inbound;
    message.from = inbound.from;
    message.to = inbound.to;
    message.messaging_service_id = inbound.messaging_service_id;
    message.body = inbound.body;
    message.media = inbound.media;
    message.segments = inbound.segments;
    message.status = sms::Status::received;
    message.status_at = received_at.value_or(now);
    message.provider_id = inbound.provider_id;
    message.price = inbound.price;
    message.created_at = received_at.value_or(now);
    store_new(message, inbound.profile_name, event);
    // A webhook brings what was just written; what a poll brings may be old.
    take_opt_out(inbound,
                 event,
                 message.conversation_row,
                 source == sms::EventSource::poll ? received_at : std::nullopt);
    return {std::move(event), std::move(message)};
}

void Updates::store_new(sms::Message& message, std::string_view their_name, sms::Event& event)
{
    const Instant now = event.created_at;
    const bool is_inbound = message.direction == sms::Direction::inbound;
    const std::string& theirs = is_inbound ? message.from : message.to;
    const std::string& address = is_inbound ? message.to : message.from;
    const std::string& ours = address.empty() ? message.messaging_service_id : address;
    store::Conversations conversations(m_scope);
    auto conversation = conversations.key_of(theirs, ours);
    if (!conversation) {
        const sms::Contact contact =
            store::Contacts(m_scope).find_or_create(theirs, their_name, now);
        const auto made = conversations.find_or_create(contact.row, ours, now);
        conversation = {made.row, made.id};
    }
    message.id = new_id("msg", now);
    message.conversation_row = conversation->row;
    message.conversation_id = conversation->id;
    message.encoding = sms::count_segments(message.body).encoding;
    message.provider = m_scope.workspace().provider;
    store::Messages messages(m_scope);
    store::EventLog log(m_scope);
    message.seq = log.next_seq();
    messages.insert(message);

    event.kind = sms::EventKind::message;
    event.message_row = message.row;
    event.message_id = message.id;
    log.append(event);
    conversations.add_message(conversation->row, message.row, message.created_at, is_inbound);
}

void Updates::take_opt_out(const providers::InboundMessage& inbound,
                           const sms::Event& event,
                           std::int64_t conversation_row,
                           std::optional<Instant> wrote_at)
{
    if (inbound.keyword != sms::Keyword::stop && inbound.keyword != sms::Keyword::start)
        return;
    if (wrote_at && wrote_again_since(m_scope, conversation_row, *wrote_at))
        return;
    store::OptOuts opt_outs(m_scope);
    // Twilio blocks a messaging service as a whole, and a send may name the service or the number.
    for (const std::string& ours : {inbound.to, inbound.messaging_service_id}) {
        if (ours.empty() ||
            (wrote_at && decided_since(m_scope, inbound.from, ours, inbound.keyword, *wrote_at)))
            continue;
        if (inbound.keyword == sms::Keyword::stop)
            opt_outs.add(inbound.from,
                         ours,
                         inbound.body,
                         event.created_at,
                         event.source,
                         event.message_row);
        else
            opt_outs.remove(inbound.from,
                            ours,
                            inbound.body,
                            event.created_at,
                            event.source,
                            event.message_row);
    }
}

Applied Updates::apply(const providers::StatusReport& report,
                       sms::EventSource source,
                       std::string_view payload)
{
    sms::Event event = event_about(report, source, payload);
    auto message = store::Messages(m_scope).by_provider_id(report.provider_id);
    if (!message) {
        event.created_at = m_clock.now();
        if (log_if_removed(event))
            return {.event = std::move(event), .message = std::nullopt, .was_removed = true};
        event.kind = sms::EventKind::unchanged;
        event.reason = report.failure && !report.failure->text.empty() ? report.failure->text
                                                                       : "no such message here yet";
        // What `adopt_orphans` will read: our word for it, and none where the provider's own word,
        // unknown to us, happens to be one of ours.
        if (report.status)
            event.status = sms::word(*report.status);
        else if (sms::parse_status(report.status_word))
            event.status.clear();
        store::EventLog(m_scope).append(event);
        return {.event = std::move(event), .message = std::nullopt};
    }
    leave_out_text(event, *message);
    apply_to(*message, report, event);
    return {std::move(event), std::move(message)};
}

bool Updates::log_if_removed(sms::Event& event)
{
    if (!store::Removals(m_scope).had_provider_id(event.provider_id))
        return false;
    event.kind = sms::EventKind::unchanged;
    event.reason = "its message was removed";
    event.payload.clear();
    event.request.clear();
    store::EventLog(m_scope).append(event);
    return true;
}

void Updates::apply_to(sms::Message& message,
                       const providers::StatusReport& report,
                       sms::Event& event)
{
    const bool moves_on = report.status && sms::advance(message.status, *report.status);
    const bool filled_in = take_details(message, report, event.source);
    if (filled_in && !moves_on) {
        event.kind = sms::EventKind::change;
        event.reason = "details filled in";
    }
    if (!report.status) {
        // A word nobody knows ranks as the stage before it, so it never moves anything.
        event.reason = fmt::format("unknown status {}", report.status_word);
    }
    move(message, report.status.value_or(message.status), event);
}

Applied Updates::apply(const providers::RemoteMessage& remote, sms::EventSource source)
{
    if (remote.direction == sms::Direction::inbound)
        return apply(inbound_of(remote), source, remote.payload, remote.created_at);
    return apply(report_of(remote), source, remote.payload);
}

std::optional<Applied> Updates::refresh(const providers::RemoteMessage& remote)
{
    constexpr auto source = sms::EventSource::poll;
    auto message = store::Messages(m_scope).by_provider_id(remote.provider_id);
    const providers::StatusReport report = report_of(remote);
    if (!message || !says_news(*message, report, source))
        return std::nullopt;
    sms::Event event = event_about(report, source, remote.payload);
    leave_out_text(event, *message);
    apply_to(*message, report, event);
    return Applied{std::move(event), std::move(message)};
}

Applied Updates::enter(const providers::RemoteMessage& remote, std::vector<sms::Media> media)
{
    if (remote.direction == sms::Direction::inbound) {
        providers::InboundMessage inbound = inbound_of(remote);
        inbound.media = std::move(media);
        return apply(inbound, sms::EventSource::poll, remote.payload, remote.created_at);
    }
    const providers::StatusReport report = report_of(remote);
    sms::Event event = event_about(report, sms::EventSource::poll, remote.payload);
    event.created_at = m_clock.now();
    sms::Message message = made_elsewhere(remote, event.created_at);
    message.media = std::move(media);
    store_new(message, {}, event);
    // Callbacks may have told of it before we knew of it.
    adopt_orphans(message);
    return {std::move(event), std::move(message)};
}

void Updates::accept(sms::Message& message, const providers::RemoteMessage& remote)
{
    const Instant now = m_clock.now();
    store::Messages messages(m_scope);
    message.provider_id = remote.provider_id;
    message.failure = remote.failure;
    fill_in(message, report_of(remote));
    message.status = sms::advance(message.status, remote.status.value_or(sms::Status::accepted))
                         .value_or(sms::Status::accepted);
    message.status_at = now;
    sms::Event event = submit_event(message);
    event.status = remote.status_word.empty() ? sms::word(message.status) : remote.status_word;
    event.error_code = message.failure ? message.failure->code : "";
    // No payload: the answer repeats what was sent, and would make up most of a large database.
    event.created_at = now;
    store::EventLog log(m_scope);
    message.seq = log.append(event);
    if (!messages.settle_submit(message))
        message = messages.by_row(message.row).value();
    if (!log.orphans(message.provider_id).empty()) {
        message = messages.by_row(message.row).value();
        adopt_orphans(message);
    }
}

sms::Event
Updates::refuse(std::string_view provider_id, std::string_view reason, std::string_view payload)
{
    sms::Event event;
    event.kind = sms::EventKind::refused;
    event.source = sms::EventSource::callback;
    event.provider_id = provider_id;
    event.reason = reason;
    event.payload = payload;
    event.request = m_request;
    event.created_at = m_clock.now();
    store::EventLog(m_scope).append(event);
    return event;
}

void Updates::adopt_orphans(sms::Message& message)
{
    store::EventLog log(m_scope);
    for (const sms::Event& orphan : log.orphans(message.provider_id)) {
        log.adopt(orphan.seq, message.row);
        providers::StatusReport report;
        report.provider_id = message.provider_id;
        report.status_word = orphan.status;
        report.status = sms::parse_status(orphan.status);
        if (!orphan.error_code.empty())
            report.failure = sms::Failure{orphan.error_code, orphan.reason};
        if (!report.status || !sms::advance(message.status, *report.status))
            continue;
        sms::Event event = event_about(report, orphan.source, "");
        event.reason = fmt::format("came before the answer, as {}", orphan.id);
        apply_to(message, report, event);
    }
}

} // namespace smsctl::updates
