#pragma once

#include "core/pattern.hpp"
#include "sms/event.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace smsctl::events {

/// What somebody wants to see of the log; what is not set does not matter.
struct Selection {
    std::vector<std::string> references; ///< conversations, contacts and numbers
    std::string kind; ///< "message" or "status"; "event" and "all" are every kind; "": those two
    std::string status;
    std::optional<sms::Direction> direction;
    std::optional<Pattern> text; ///< in the message's body
};

/// Decides which events are shown.
class Filter {
public:
    /// Looks the references up: throws not_found (3) or `usage.ambiguous`.
    Filter(Selection selection, store::Scope& scope);

    /// `message` is the event's, as it is now.
    bool takes(const sms::Event& event, const std::optional<sms::Message>& message) const;
    /// The one conversation it is about, 0 for any or several: what the database can choose by.
    std::int64_t conversation_row() const;
    /// Whether only kinds `message` and `status` can pass.
    bool messages_only() const;

private:
    void add(const std::string& reference, store::Scope& scope);
    bool takes_kind(sms::EventKind kind) const;
    bool needs_message() const;

    Selection m_selection;
    std::set<std::int64_t> m_conversations;
    std::set<std::string, std::less<>> m_addresses;
};

} // namespace smsctl::events
