#include "events/filter.hpp"

#include "core/error.hpp"
#include "store/calls.hpp"
#include "store/conversations.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"

#include <algorithm>
#include <utility>

namespace smsctl::events {

Filter::Filter(Selection selection, store::Scope& scope) : m_selection(std::move(selection))
{
    for (const std::string& reference : m_selection.references)
        add(reference, scope);
}

void Filter::add(const std::string& reference, store::Scope& scope)
{
    if (const auto conversation = store::Conversations(scope).by_id(reference)) {
        m_conversations.insert(conversation->row);
        return;
    }
    if (const auto contact = store::Contacts(scope).find(reference)) {
        m_addresses.insert(contact->address);
        return;
    }
    try {
        m_addresses.insert(store::Numbers(scope).resolve(reference).address);
    } catch (const Error& error) {
        if (error.exit() == Exit::not_found)
            throw not_found_error(
                "conversation, contact or number", reference, "smsctl inbox lists conversations");
        throw;
    }
}

std::int64_t Filter::conversation_row() const
{
    return m_addresses.empty() && m_conversations.size() == 1 ? *m_conversations.begin() : 0;
}

std::vector<sms::EventKind> Filter::kinds() const
{
    using enum sms::EventKind;
    if (m_selection.kind == "event" || m_selection.kind == "all")
        return {};
    if (const auto kind = sms::parse_event_kind(m_selection.kind))
        return {*kind};
    return {message, status, call};
}

bool Filter::takes_kind(sms::EventKind kind) const
{
    const auto wanted = kinds();
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), kind) != wanted.end();
}

bool Filter::needs_subject() const
{
    return m_selection.direction || m_selection.text || !m_conversations.empty() ||
           !m_addresses.empty();
}

bool Filter::looks_closer() const
{
    return needs_subject() || !m_selection.status.empty();
}

bool Filter::takes_ends(std::int64_t conversation,
                        const std::string& from,
                        const std::string& to) const
{
    return (m_conversations.empty() && m_addresses.empty()) ||
           m_conversations.contains(conversation) || m_addresses.contains(from) ||
           m_addresses.contains(to);
}

bool Filter::takes(const sms::Event& event, const Subject& subject) const
{
    const auto& [message, call] = subject;
    if (!takes_kind(event.kind) || (needs_subject() && !message && !call))
        return false;
    if (m_selection.direction &&
        (message ? message->direction : call->direction) != *m_selection.direction)
        return false;
    if (m_selection.text && (!message || !m_selection.text->is_in(message->body)))
        return false;
    if (!m_selection.status.empty()) {
        std::string_view status = event.status;
        if (event.kind == sms::EventKind::message && message)
            status = word(message->status);
        else if (event.kind == sms::EventKind::call && call)
            status = call->status;
        if (status != m_selection.status)
            return false;
    }
    if (!needs_subject())
        return true;
    return message ? takes_ends(message->conversation_row, message->from, message->to)
                   : takes_ends(call->conversation_row, call->from, call->to);
}

Subject subject_of(const sms::Event& event, store::Scope& scope)
{
    Subject subject;
    if (event.message_row != 0)
        subject.message = store::Messages(scope).by_row(event.message_row);
    else if (event.call_row != 0)
        subject.call = store::Calls(scope).by_row(event.call_row);
    return subject;
}

} // namespace smsctl::events
