#pragma once

#include "sms/message.hpp"
#include "store/scope.hpp"
#include "store/sql_text.hpp"
#include "store/statement.hpp"

#include <vector>

namespace smsctl::store {

/// The columns that `read_messages` takes, in its order, up to the WHERE.
inline constexpr SqlText select_message =
    "SELECT m.id, m.public_id, m.seq, m.direction, m.conversation_id, v.public_id, m.from_address, "
    "m.to_address, m.messaging_service_id, m.body, m.segments, m.encoding, m.status, m.status_at, "
    "m.failure_code, m.failure_text, m.key, m.content_hash, m.tag, m.provider, m.provider_id, "
    "m.price_micros, m.currency, m.attempts, m.processed, m.chat_id, m.response_id, m.created_at, "
    "m.sent_at, m.delivered_at FROM messages m JOIN conversations v ON v.id = m.conversation_id ";

/// All rows of a statement that begins with `select_message`, with their media.
std::vector<sms::Message> read_messages(Scope& scope, Statement statement);

} // namespace smsctl::store
