#pragma once

#include "core/clock.hpp"
#include "sim/account.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace smsctl::sim {

/// One entry of the bulk API's error list.
struct CommsProblem {
    int http = 400;
    int code = 0;
    std::string message;
    std::string context; ///< the JSON path it is about; empty: null
};

struct CommsRecipient {
    std::string address;
    std::string body; ///< rendered
};

/// What a POST to the bulk API asks for, believed.
struct CommsSend {
    std::string from;
    std::vector<CommsRecipient> recipients;
    std::map<std::string, std::string> tags;
    std::optional<Instant> send_at;
};

/// Reads the JSON of a POST, or says all that is wrong with it. Only texts to phone addresses are
/// simulated; the rest of what Twilio takes is refused.
std::variant<CommsSend, std::vector<CommsProblem>>
read_comms_send(std::string_view json, const Account& account, Instant now);

} // namespace smsctl::sim
