#pragma once

#include "commands/session.hpp"
#include "http/client.hpp"

#include <string>
#include <vector>

namespace smsctl {

/// HTTP statuses that count as success.
struct Expected {
    long long from = 200;
    long long to = 299;
};
/// "403" or "400-499"; empty: 2xx. Throws `usage.value`.
Expected expected_from(const std::string& text);

/// One request on its way out, and what its record says of it.
struct Outbound {
    http::Request request;
    std::string type;
    std::string provider_id; ///< of the message it is about; empty: the answer says (`--via sim`)
    bool is_signed = false;
};

/// Delivers one after the other, `interval` apart, and prints a record each. Throws what they add
/// up to: `webhook.refused` (5), `webhook.unreachable` (6), partial (9) when they disagree; or what
/// a stop means.
void deliver(const std::vector<Outbound>& outbound,
             const std::string& origin,
             const Expected& expected,
             Millis interval,
             Session& session);

} // namespace smsctl
