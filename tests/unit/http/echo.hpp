#pragma once

#include "http/server.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace smsctl::test {

inline constexpr std::string_view short_get = "GET /short HTTP/1.1\r\nHost: x\r\n\r\n";

/// Answers with the request's method, target and body.
inline http::ServerResponse echo(const http::ServerRequest& request)
{
    return {200, {}, fmt::format("{} {} {}", request.method, request.target, request.body)};
}

inline std::string status_of(const std::string& answer)
{
    return answer.substr(0, answer.find('\r'));
}

} // namespace smsctl::test
