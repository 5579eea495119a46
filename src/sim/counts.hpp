#pragma once

#include "http/server.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace smsctl::sim {

class Faults;
class Ledger;
class WebhookCaller;

/// Requests to the API, as they come and go.
struct Traffic {
    void begin();
    void answered(const http::ServerResponse& response);

    int in_flight = 0; ///< those that hang stay in it
    int peak_in_flight = 0;
    std::map<std::string, std::int64_t> answers; ///< by what_came_of
};

/// "201", "reset" or "close".
std::string what_came_of(const http::ServerResponse& response);

/// What a test asserts when there are too many messages to look at each: how many were accepted,
/// who got more than one, whether any message was accepted twice, and how fast each sender went.
/// Counts when it is asked, so that creates pay nothing for it.
nlohmann::ordered_json counts_json(const Ledger& ledger,
                                   const Traffic& traffic,
                                   const Faults& faults,
                                   const WebhookCaller& caller);

} // namespace smsctl::sim
