#pragma once

#include "http/server.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace smsctl::sim {

/// Why a request is refused, as Twilio's error body says it.
struct Problem {
    int http = 400;
    int code = 0;
    std::string message;
    std::string detail; ///< empty: the field is left out
};

http::ServerResponse answer(int status, const nlohmann::ordered_json& body);
http::ServerResponse answer(const Problem& problem);
/// 204: it was deleted.
http::ServerResponse no_content();
/// 401 with code 20003.
Problem not_signed_in();
/// 404 with code 20404 about `path`.
Problem not_found(std::string_view path);
/// 405 with code 20004.
Problem method_not_allowed();
/// 429 with code 21611: the sender has ten hours of messages waiting.
Problem queue_is_full();
/// 400 with code 21610.
Problem recipient_opted_out();

} // namespace smsctl::sim
