#pragma once

#include "sms/conversation.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

class Contacts {
public:
    explicit Contacts(Scope& scope) : m_scope(scope) {}

    /// The contact with this address, made as "Unknown (+1…)" (or `name`, if given) when new.
    sms::Contact find_or_create(std::string_view address, std::string_view name, Instant now);
    std::optional<sms::Contact> by_address(std::string_view address);
    /// By "ct_…" id, exact name (ASCII case apart), or address. Throws `usage.ambiguous` when a
    /// name fits several.
    std::optional<sms::Contact> find(std::string_view reference);

private:
    Scope& m_scope;
};

/// What a message needs of the conversation it is in.
struct ConversationKey {
    std::int64_t row = 0;
    std::string id;
};

/// Where a conversation stands in a listing, newest first; those without a message come last.
struct ConversationPlace {
    std::optional<Instant> last_message_at;
    std::int64_t row = 0;
};

class Conversations {
public:
    explicit Conversations(Scope& scope) : m_scope(scope) {}

    /// The one between these two addresses; nothing when there is none yet.
    std::optional<ConversationKey> key_of(std::string_view their_address,
                                          std::string_view our_address);
    sms::Conversation
    find_or_create(std::int64_t contact_row, std::string_view our_address, Instant now);
    std::optional<sms::Conversation> by_id(std::string_view id);
    std::optional<sms::Conversation> by_row(std::int64_t row);
    /// By "conv_…" id or an unambiguous prefix of at least four characters of it. Throws
    /// not_found (3) or `usage.ambiguous`.
    sms::Conversation resolve(std::string_view reference);
    /// Conversations with this address, newest first.
    std::vector<sms::Conversation> with(std::string_view address);
    /// Counts a message in; `unread` raises the unread count and opens a closed conversation.
    void add_message(std::int64_t row, std::int64_t message_row, Instant at, bool unread);
    void mark_read(std::int64_t row);
    /// Newest first. `limit` 0: all. `before`: only what stands behind it, in time that does not
    /// depend on how far back that is.
    std::vector<sms::Conversation>
    list(bool unread_only, int limit, const std::optional<ConversationPlace>& before = {});
    std::int64_t count(bool unread_only);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
