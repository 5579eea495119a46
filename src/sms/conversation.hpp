#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace smsctl::sms {

/// A person and their number.
struct Contact {
    std::int64_t row = 0;
    std::string id;      ///< "ct_…"
    std::string name;    ///< "Unknown (+1…)" until somebody names them
    std::string address; ///< E.164, or `whatsapp:` and E.164
    std::string external_id;
    std::string time_zone; ///< IANA; empty: taken from the number's region
    std::string notes;
    Instant created_at;
};

inline bool is_named(const Contact& contact)
{
    return contact.name != "Unknown (" + contact.address + ")";
}

enum class ConversationStatus { open, closed };

/// All messages between one of our numbers and one contact.
struct Conversation {
    std::int64_t row = 0;
    std::string id; ///< "conv_…"
    std::int64_t contact_row = 0;
    std::string contact_id;
    std::string contact_name;
    std::string contact_address;
    std::string our_address; ///< our number, or the Messaging Service that speaks for us
    ConversationStatus status = ConversationStatus::open;
    int message_count = 0;
    int unread_count = 0;
    std::optional<Instant> last_message_at;
    std::string last_message_body; ///< filled in by listings
    Instant created_at;
};

} // namespace smsctl::sms
