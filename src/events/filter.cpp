#include "events/filter.hpp"

#include "core/error.hpp"
#include "store/conversations.hpp"
#include "store/numbers.hpp"

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

bool Filter::messages_only() const
{
    return m_selection.kind.empty() || m_selection.kind == "message" ||
           m_selection.kind == "status";
}

bool Filter::takes_kind(sms::EventKind kind) const
{
    if (m_selection.kind == "event" || m_selection.kind == "all")
        return true;
    if (m_selection.kind.empty())
        return kind == sms::EventKind::message || kind == sms::EventKind::status;
    return m_selection.kind == word(kind);
}

bool Filter::needs_message() const
{
    return m_selection.direction || m_selection.text || !m_conversations.empty() ||
           !m_addresses.empty();
}

bool Filter::takes(const sms::Event& event, const std::optional<sms::Message>& message) const
{
    if (!takes_kind(event.kind) || (needs_message() && !message))
        return false;
    if (m_selection.direction && message->direction != *m_selection.direction)
        return false;
    if (m_selection.text && !m_selection.text->is_in(message->body))
        return false;
    if (!m_selection.status.empty()) {
        const bool is_text = event.kind == sms::EventKind::message && message;
        const std::string_view status =
            is_text ? word(message->status) : std::string_view(event.status);
        if (status != m_selection.status)
            return false;
    }
    return (m_conversations.empty() && m_addresses.empty()) ||
           m_conversations.contains(message->conversation_row) ||
           m_addresses.contains(message->from) || m_addresses.contains(message->to);
}

} // namespace smsctl::events
