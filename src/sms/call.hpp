#pragma once

#include "core/clock.hpp"
#include "core/money.hpp"
#include "sms/message.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::sms {

/// A call between our number and theirs, as stored beside the messages of their conversation. The
/// doc of each field is the record's schema (schema/records/call.schema.json).
struct Call {
    std::int64_t row = 0;
    std::string id;       ///< "call_…"
    std::int64_t seq = 0; ///< of the last event that told of it
    Direction direction = Direction::inbound;
    std::int64_t conversation_row = 0;
    std::string conversation_id; ///< "conv_…"
    std::string from;
    std::string to;
    std::string status;                           ///< the provider's word: "completed"
    std::optional<std::chrono::seconds> duration; ///< nothing until it ended
    std::string provider;
    std::string provider_id;        ///< "CA…"
    std::string parent_provider_id; ///< the call that it is a leg of; empty: of none
    std::optional<Money> price;     ///< what was charged, not negative
    Instant created_at;
    std::optional<Instant> started_at; ///< nothing: it was never answered, or still rings
    std::optional<Instant> ended_at;
};

/// Whether a call with this status goes on, so that it will have another one.
inline bool is_under_way(std::string_view status)
{
    return status == "queued" || status == "initiated" || status == "ringing" ||
           status == "in-progress";
}

/// Whose number it was called from or to, as the conversation has it.
inline const std::string& their_end(const Call& call)
{
    return call.direction == Direction::inbound ? call.from : call.to;
}
inline const std::string& our_end(const Call& call)
{
    return call.direction == Direction::inbound ? call.to : call.from;
}

} // namespace smsctl::sms
