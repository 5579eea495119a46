#pragma once

#include "core/clock.hpp"
#include "core/money.hpp"
#include "sms/segments.hpp"
#include "sms/status.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::sms {

enum class Direction { inbound, outbound };
std::string_view word(Direction direction);

struct Media {
    std::string url;
    std::string content_type; ///< empty when nobody said
    std::string path = {};    ///< of the file it was downloaded to as it arrived; empty: none
    std::string problem = {}; ///< why it was not; empty where nobody tried
};

/// Why a message failed: the provider's number as text ("30003"), or a dotted code of ours
/// ("local.quiet_hours"), and one sentence.
struct Failure {
    std::string code;
    std::string text;
};

/// One text or MMS between our number and theirs, as stored. The doc of each field is the record's
/// schema (schema/records/message.schema.json).
struct Message {
    std::int64_t row = 0;
    std::string id;       ///< "msg_…"
    std::int64_t seq = 0; ///< of the last event that changed it
    Direction direction = Direction::outbound;
    std::int64_t conversation_row = 0;
    std::string conversation_id; ///< "conv_…"
    std::string from;            ///< may be empty until a Messaging Service has chosen
    std::string to;
    std::string messaging_service_id; ///< "MG…"; empty without
    std::string body;                 ///< UTF-8
    std::vector<Media> media;
    int segments = 0; ///< 0: not known
    std::optional<Encoding> encoding;
    Status status = Status::planned;
    Instant status_at;
    std::optional<Failure> failure;
    std::string key;          ///< the caller's idempotency key; empty without
    std::string content_hash; ///< hex SHA-256 of recipient, sender, text and media as asked for
    std::string tag;
    std::int64_t batch_row = 0;          ///< 0: in no batch
    std::string batch_id;                ///< "bat_…"; empty without
    int batch_record = 0;                ///< its record in the batch's list, counted from 1
    std::optional<Instant> scheduled_at; ///< when it was asked to leave; nothing: at once
    /// The request to the bulk API that carries it; 0: none. While it is in doubt it must not go
    /// any other way, nor be planned again.
    std::int64_t bulk_request_row = 0;
    std::string provider;       ///< "twilio", "sim"
    std::string provider_id;    ///< "SM…"; empty until accepted
    std::optional<Money> price; ///< what was charged, not negative
    int attempts = 0;           ///< submits that were begun
    bool processed = false;
    std::string chat_id;     ///< set by `message mark --chat`
    std::string response_id; ///< provider id of the reply, set by `message mark --response`
    Instant created_at;
    std::optional<Instant> sent_at;
    std::optional<Instant> delivered_at;
    std::optional<Instant> redacted_at; ///< its text and media were emptied then
};

/// The address or Messaging Service that an outbound message leaves from.
const std::string& sender_of(const Message& message);

} // namespace smsctl::sms
