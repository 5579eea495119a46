#include "webhook/forward_request.hpp"

#include "core/text.hpp"
#include "http/form.hpp"
#include "providers/twilio/answer.hpp"
#include "providers/twilio/signature.hpp"
#include "webhook/kept_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace smsctl::webhook {

namespace {

constexpr std::string_view token_header = "I-Twilio-Idempotency-Token";
/// An application that asks for a longer pause is told again after this one.
constexpr Millis longest_wished = std::chrono::hours(1);

bool is_form(std::string_view content_type)
{
    const std::string_view type = text::trim(content_type.substr(0, content_type.find(';')));
    return type.empty() || text::equal_ignoring_case(type, "application/x-www-form-urlencoded");
}

std::string with_query(const std::string& url, const std::string& query)
{
    if (query.empty())
        return url;
    return fmt::format("{}{}{}", url, url.find('?') == std::string::npos ? '?' : '&', query);
}

bool is_success(const http::Response& answer)
{
    return answer.status >= 200 && answer.status < 300;
}

std::string failure(const http::Result& result)
{
    if (const auto* error = std::get_if<http::TransportError>(&result))
        return error->message;
    const int status = std::get<http::Response>(result).status;
    return status >= 300 && status < 400 ? fmt::format("redirected with {}", status)
                                         : fmt::format("answered {}", status);
}

/// Doubled for each attempt; between half of it and all of it, so that many do not come at once.
Millis pause_after(int attempts, const RetryPolicy& policy, double unit_random)
{
    const double ceiling =
        std::min(static_cast<double>(policy.longest_pause.count()),
                 static_cast<double>(policy.first_pause.count()) * std::exp2(attempts - 1));
    return Millis(static_cast<Millis::rep>(ceiling * (1 + unit_random) / 2));
}

} // namespace

std::string_view idempotency_token(const http::Headers& headers)
{
    return http::header(headers, token_header);
}

ForwardedRequest copy_of(const http::ServerRequest& request)
{
    const std::size_t mark = request.target.find('?');
    return {.method = request.method,
            .query = mark == std::string::npos ? "" : request.target.substr(mark + 1),
            .content_type = std::string(http::header(request.headers, "Content-Type")),
            .idempotency_token = std::string(idempotency_token(request.headers)),
            .body = request.body};
}

ForwardedRequest copy_of(const store::PendingForward& pending)
{
    const KeptRequest kept = decode(pending.request).value_or(KeptRequest());
    ForwardedRequest copy = copy_of(restore(kept, pending.payload));
    copy.idempotency_token = pending.idempotency_token;
    return copy;
}

http::Request make_forward(const ForwardedRequest& came,
                           const std::string& url,
                           const std::string& event_id,
                           const Secret& secret,
                           Millis timeout)
{
    http::Request request;
    request.method = came.method;
    request.url = with_query(url, came.query);
    request.timeout = timeout;
    request.max_answer = std::size_t{1} << 20U;
    request.headers = {{"Accept", "*/*"}, {"X-Smsctl-Event", event_id}};
    if (!came.content_type.empty())
        request.headers.emplace_back("Content-Type", came.content_type);
    if (!came.idempotency_token.empty())
        request.headers.emplace_back(token_header, came.idempotency_token);
    if (came.method == "POST")
        request.body = came.body;
    if (!secret.empty())
        request.headers.emplace_back(
            "X-Twilio-Signature",
            providers::twilio::sign(request.url,
                                    came.method == "POST" && is_form(came.content_type)
                                        ? http::decode_form(came.body)
                                        : http::Form{},
                                    secret.reveal()));
    return request;
}

sms::Forward after_attempt(sms::Forward forward,
                           const http::Result& result,
                           const RetryPolicy& policy,
                           Instant now,
                           double unit_random)
{
    const auto* answer = std::get_if<http::Response>(&result);
    ++forward.attempts;
    forward.http = answer == nullptr ? 0 : answer->status;
    forward.next_try_at.reset();
    if (answer != nullptr && is_success(*answer)) {
        forward.state = sms::ForwardState::done;
        forward.error.clear();
        forward.settled_at = now;
        return forward;
    }
    forward.error = failure(result);
    if (forward.attempts > policy.retries) {
        forward.state = sms::ForwardState::given_up;
        forward.settled_at = now;
        return forward;
    }
    const auto wished = providers::twilio::retry_after(result, now);
    forward.next_try_at = now + (wished ? std::min(*wished, longest_wished)
                                        : pause_after(forward.attempts, policy, unit_random));
    return forward;
}

http::ServerResponse passed_back(http::Response answer)
{
    http::ServerResponse response;
    response.status = answer.status;
    if (const std::string_view type = http::header(answer.headers, "Content-Type"); !type.empty())
        response.headers.emplace_back("Content-Type", type);
    response.body = std::move(answer.body);
    return response;
}

} // namespace smsctl::webhook
