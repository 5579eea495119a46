#pragma once

#include "core/clock.hpp"
#include "http/server.hpp"
#include "sim/comms_request.hpp"
#include "sim/ledger.hpp"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::sim {

struct CommsOperation;

/// A message of the bulk API: the classic one that carries it, and its names here.
struct CommsMessage {
    std::string id; ///< "comms_message_…"
    const CommsOperation* operation = nullptr;
    const Message* message = nullptr; ///< in the ledger
};

/// What one POST set going.
struct CommsOperation {
    std::string id; ///< "comms_operation_…"
    std::map<std::string, std::string> tags;
    std::size_t recipients = 0;
    std::size_t unaddressable = 0;
    std::optional<Instant> send_at;
    Instant created_at;
    std::vector<const CommsMessage*> messages;
};

/// Resources as Twilio's bulk API writes them; `base` is "http://host/v1/Messages".
nlohmann::ordered_json operation_json(const CommsOperation& operation);
nlohmann::ordered_json message_json(const CommsMessage& message, const std::string& base);
/// With its content and attempts.
nlohmann::ordered_json
whole_message_json(const CommsMessage& message, const std::string& base, std::string_view account);
/// The bulk API's word for a classic status.
std::string_view comms_status(std::string_view status);

/// The status goes by the first.
http::ServerResponse answer(const std::vector<CommsProblem>& problems);

} // namespace smsctl::sim
