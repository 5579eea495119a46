#include "sim/disturbed.hpp"

#include <nlohmann/json.hpp>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

namespace {

/// Puts a field into a resource, or into every record of a list.
http::ServerResponse with_unknown(http::ServerResponse real, const char* field, const Json& value)
{
    Json body = Json::parse(real.body, nullptr, false);
    if (!body.is_object() || real.status >= 300)
        return real;
    bool is_list = false;
    for (auto& member : body)
        if (member.is_array() && !member.empty() && member.front().is_object()) {
            is_list = true;
            for (Json& record : member)
                record[field] = value;
        }
    if (!is_list)
        body[field] = value;
    real.body = body.dump();
    return real;
}

} // namespace

bool is_carried_out(FaultKind kind)
{
    switch (kind) {
    case FaultKind::refuse_401:
    case FaultKind::refuse_429:
    case FaultKind::queue_full:
    case FaultKind::opted_out:
    case FaultKind::error_500_before:
    case FaultKind::error_503_before:
    case FaultKind::html_503:
    case FaultKind::reset_before:
    case FaultKind::close_before:
        return false;
    default:
        return true;
    }
}

std::optional<Problem> problem_of(FaultKind kind)
{
    switch (kind) {
    case FaultKind::refuse_401:
        return not_signed_in();
    case FaultKind::refuse_429:
        return Problem{429, 20429, "Too Many Requests", {}};
    case FaultKind::queue_full:
        return queue_is_full();
    case FaultKind::opted_out:
        return recipient_opted_out();
    case FaultKind::error_500_before:
    case FaultKind::error_500_after:
        return Problem{500, 20500, "Internal Server Error", {}};
    case FaultKind::error_503_before:
    case FaultKind::error_503_after:
        return Problem{503, 20503, "Service Unavailable", {}};
    default:
        return std::nullopt;
    }
}

http::ServerResponse disturbed(const Fault& fault, http::ServerResponse real)
{
    http::ServerResponse response;
    if (const auto problem = problem_of(fault.kind))
        response = answer(*problem);
    switch (fault.kind) {
    case FaultKind::html_503:
        response.status = 503;
        response.headers.emplace_back("Content-Type", "text/html");
        response.body = "<html><body><h1>503 Service Unavailable</h1></body></html>\n";
        break;
    case FaultKind::reset_before:
    case FaultKind::reset_after:
    case FaultKind::hang: // for when it is let go in the end
        response.hang_up = http::HangUp::reset;
        break;
    case FaultKind::close_before:
    case FaultKind::close_after:
        response.hang_up = http::HangUp::close;
        break;
    case FaultKind::truncate:
        response = std::move(real);
        response.body.resize(response.body.size() / 2);
        break;
    case FaultKind::empty_body:
        response = std::move(real);
        response.body.clear();
        break;
    case FaultKind::empty_answer:
        response.status = real.status;
        break;
    case FaultKind::extra_field:
        response = with_unknown(std::move(real), "x_new", Json{{"flag", true}, {"list", {1, "a"}}});
        break;
    case FaultKind::unknown_status:
        response = with_unknown(std::move(real), "status", "pondering");
        break;
    case FaultKind::slow:
    case FaultKind::late:
    case FaultKind::ignore_filters:
        response = std::move(real);
        break;
    default:
        break; // the refusal above
    }
    if (!fault.retry_after.empty())
        response.headers.emplace_back("Retry-After", fault.retry_after);
    return response;
}

} // namespace smsctl::sim
