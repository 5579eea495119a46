#pragma once

#include "core/clock.hpp"

#include <string_view>

namespace smsctl::sim {

/// How patient a webhook is: what the fragment of its URL says ("#rc=2&rp=ct,5xx"), else Twilio's
/// usual. Values that make no sense are passed over.
struct ConnectionOverrides {
    int retries = 1; ///< rc
    bool retries_connect = true;
    bool retries_timeout = false;
    bool retries_4xx = false;
    bool retries_5xx = false;
    Millis total = std::chrono::seconds(15); ///< tt: all tries together
    Millis read = std::chrono::seconds(15);  ///< rt: one answer
};
ConnectionOverrides connection_overrides(std::string_view url);

} // namespace smsctl::sim
