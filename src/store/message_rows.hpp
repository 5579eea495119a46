#pragma once

#include "sms/message.hpp"
#include "store/scope.hpp"
#include "store/sql_text.hpp"
#include "store/statement.hpp"

#include <cstdint>
#include <vector>

namespace smsctl::store {

/// The columns that `read_message` takes, in its order: of messages m, conversations v, batches b.
inline constexpr SqlText select_message_columns =
    "SELECT m.id, m.public_id, m.seq, m.direction, m.conversation_id, v.public_id, m.from_address, "
    "m.to_address, m.messaging_service_id, m.body, m.segments, m.encoding, m.status, m.status_at, "
    "m.failure_code, m.failure_text, m.key, m.content_hash, m.tag, m.provider, m.provider_id, "
    "m.price_micros, m.currency, m.attempts, m.processed, m.chat_id, m.response_id, m.created_at, "
    "m.sent_at, m.delivered_at, m.batch_id, b.public_id, m.batch_row, m.scheduled_at, "
    "m.bulk_request_id, m.redacted_at";
inline constexpr int message_columns = 36;
/// The same up to the WHERE.
inline constexpr SqlText select_message =
    select_message_columns + " FROM messages m JOIN conversations v ON v.id = m.conversation_id "
                             "LEFT JOIN batches b ON b.id = m.batch_id ";

/// One message of a row that begins with those columns, without its media.
sms::Message read_message(const Statement& row);
std::vector<sms::Media> media_of(Scope& scope, std::int64_t row);
/// All rows of a statement that begins with `select_message`, with their media.
std::vector<sms::Message> read_messages(Scope& scope, Statement statement);

} // namespace smsctl::store
