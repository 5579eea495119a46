#include "sim/answer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

http::ServerResponse answer(int status, const Json& body)
{
    http::ServerResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    return response;
}

http::ServerResponse answer(const Problem& problem)
{
    Json body{{"code", problem.code}};
    if (!problem.detail.empty())
        body["detail"] = problem.detail;
    body["message"] = problem.message;
    body["more_info"] = fmt::format("https://www.twilio.com/docs/errors/{}", problem.code);
    body["status"] = problem.http;
    http::ServerResponse response = answer(problem.http, body);
    if (problem.http == 401)
        response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"Twilio API\"");
    return response;
}

http::ServerResponse no_content()
{
    http::ServerResponse response;
    response.status = 204;
    return response;
}

Problem not_signed_in()
{
    return {401, 20003, "Authenticate", "Your AccountSid or AuthToken was incorrect."};
}

Problem not_found(std::string_view path)
{
    return {404, 20404, fmt::format("The requested resource {} was not found", path), {}};
}

Problem method_not_allowed()
{
    return {405, 20004, "Method not allowed", {}};
}

Problem queue_is_full()
{
    return {429, 21611, "SMS queue is full.", {}};
}

Problem recipient_opted_out()
{
    return {400, 21610, "Attempt to send to unsubscribed recipient", {}};
}

} // namespace smsctl::sim
