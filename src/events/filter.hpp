#pragma once

#include "core/pattern.hpp"
#include "sms/call.hpp"
#include "sms/event.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace smsctl::events {

/// What an event is about, as it is now.
struct Subject {
    std::optional<sms::Message> message;
    std::optional<sms::Call> call;
};
Subject subject_of(const sms::Event& event, store::Scope& scope);

/// What somebody wants to see of the log; what is not set does not matter.
struct Selection {
    std::vector<std::string> references; ///< conversations, contacts and numbers
    /// "message", "call" or "status"; "event" and "all" are every kind; "": those three
    std::string kind;
    std::string status;
    std::optional<sms::Direction> direction;
    std::optional<Pattern> text; ///< in the message's body
};

/// Decides which events are shown.
class Filter {
public:
    /// Looks the references up: throws not_found (3) or `usage.ambiguous`.
    Filter(Selection selection, store::Scope& scope);

    /// `subject` is the event's.
    bool takes(const sms::Event& event, const Subject& subject) const;
    /// Whether an event of the right kind may still not pass.
    bool looks_closer() const;
    /// The one conversation it is about, 0 for any or several: what the database can choose by.
    std::int64_t conversation_row() const;
    /// The kinds that can pass; empty: all.
    std::vector<sms::EventKind> kinds() const;

private:
    void add(const std::string& reference, store::Scope& scope);
    bool takes_kind(sms::EventKind kind) const;
    bool needs_subject() const;
    bool
    takes_ends(std::int64_t conversation, const std::string& from, const std::string& to) const;

    Selection m_selection;
    std::set<std::int64_t> m_conversations;
    std::set<std::string, std::less<>> m_addresses;
};

} // namespace smsctl::events
