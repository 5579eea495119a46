#include "providers/twilio/answer.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"
#include "providers/twilio/error_map.hpp"
#include "providers/twilio/payload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl::providers::twilio {

namespace {

constexpr int queue_full = 21611;
/// The sender's queue holds ten hours of traffic: seconds do not help.
constexpr Millis queue_full_wait = std::chrono::seconds(60);

bool is_success(int http)
{
    return http >= 200 && http < 300;
}

/// Twilio's number for what an HTTP status means, where an answer names none.
std::optional<int> usual_code(int http)
{
    switch (http) {
    case 401:
        return 20003;
    case 403:
        return 20403;
    case 404:
        return 20404;
    case 429:
        return 20429;
    case 500:
        return 20500;
    case 502:
    case 503:
    case 504:
        return 20503;
    default:
        return std::nullopt;
    }
}

Retry usual_retry(int http)
{
    if (http == 429)
        return Retry::later;
    return http >= 400 && http < 500 && http != 408 ? Retry::never : Retry::unknown;
}

/// A stranger's sentence, bounded, without the full stop.
std::string sentence(std::string_view text)
{
    constexpr std::size_t longest = 300;
    text = text::trim(text);
    if (text.size() > longest) {
        std::size_t end = longest;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
            --end; // not within a character
        return std::string(text.substr(0, end)) + "…";
    }
    while (text.ends_with('.'))
        text.remove_suffix(1);
    return std::string(text);
}

std::string describe_page(const http::Response& response)
{
    const std::string_view type = http::header(response.headers, "Content-Type");
    return fmt::format("HTTP {}{}{}",
                       response.status,
                       type.empty() ? "" : " with ",
                       sentence(type.substr(0, type.find(';'))));
}

ProviderError explain_response(const http::Response& response, std::string_view provider)
{
    ProviderError error;
    const ErrorBody body = read_error(response.body);
    error.fault = {.provider = std::string(provider),
                   .code = body.code,
                   .http = response.status,
                   .request_id = std::string(http::header(response.headers, "Twilio-Request-Id"))};
    error.message = body.message.empty() ? describe_page(response) : sentence(body.message);
    const ErrorRow* const row = explain(body.code ? body.code : usual_code(response.status));
    if (row != nullptr) {
        error.meaning = row->meaning;
        error.advice = row->advice;
        error.retry = row->retry;
    } else {
        error.retry = usual_retry(response.status);
        if (body.code)
            error.advice = "see " + error_page(*body.code);
        else
            error.advice = error.retry == Retry::never
                               ? "check the address and any proxy on the way"
                               : "try again later";
    }
    if (is_success(response.status)) {
        error.message = fmt::format("the answer cannot be read ({}, {} bytes)",
                                    describe_page(response),
                                    response.body.size());
        error.retry = Retry::unknown;
    }
    return error;
}

/// Meaning first, then what Twilio said, with its number.
std::string describe(const ProviderError& error)
{
    const std::string code = error.fault.code ? fmt::format("{}: ", *error.fault.code) : "";
    if (error.meaning.empty())
        return code.empty() ? error.message : code + error.message;
    return fmt::format("{} ({}{})", error.meaning, code, error.message);
}

} // namespace

ProviderError explain_answer(const http::Result& result, std::string_view provider)
{
    if (const auto* response = std::get_if<http::Response>(&result))
        return explain_response(*response, provider);
    const auto& failure = std::get<http::TransportError>(result);
    ProviderError error;
    error.fault.provider = provider;
    error.message = sentence(failure.message);
    error.advice = "check the network and try again";
    error.retry = failure.reached == http::Reached::no ? Retry::later : Retry::unknown;
    return error;
}

SubmitOutcome outcome_of(const http::Result& result, std::string_view provider, Instant now)
{
    const auto* const response = std::get_if<http::Response>(&result);
    if (response != nullptr && is_success(response->status)) {
        // Only a message's own SID says that a message was created, and lets it be found again.
        auto message = read_message(response->body);
        if (message && is_sid(message->provider_id) &&
            (message->provider_id.starts_with("SM") || message->provider_id.starts_with("MM")))
            return Accepted{*std::move(message)};
    }
    ProviderError error = explain_answer(result, provider);
    if (response == nullptr) {
        if (std::get<http::TransportError>(result).reached == http::Reached::no)
            return NotSent{std::move(error), std::nullopt};
        return Unknown{std::move(error.message)};
    }
    if (is_success(response->status))
        return Unknown{std::move(error.message)};
    if (response->status == 429) {
        auto wait = retry_after(result, now);
        if (!wait && error.fault.code == queue_full)
            wait = queue_full_wait;
        error.retry = Retry::later; // whatever number came along: a 429 was not processed
        return NotSent{std::move(error), wait};
    }
    if (response->status >= 400 && response->status < 500 && response->status != 408)
        return Rejected{std::move(error)};
    return Unknown{describe(error)};
}

bool is_passing(const http::Result& result)
{
    const auto* const response = std::get_if<http::Response>(&result);
    return response == nullptr || response->status == 408 || response->status == 429 ||
           response->status >= 500;
}

std::optional<Millis> retry_after(const http::Result& result, Instant now)
{
    const auto* const response = std::get_if<http::Response>(&result);
    if (response == nullptr)
        return std::nullopt;
    const std::string_view value = text::trim(http::header(response->headers, "Retry-After"));
    constexpr long long longest = 86'400;
    if (const auto seconds = text::to_integer(value))
        return std::chrono::seconds(std::clamp(*seconds, 0LL, longest));
    if (const auto date = text::parse_rfc2822(value))
        return std::max(Millis::zero(), *date - now);
    return std::nullopt;
}

Error error_of(const ProviderError& error)
{
    const int http = error.fault.http;
    const auto make = [&](Exit exit, const char* code, std::string_view says) {
        Error made(exit, code, fmt::format("{}: {}", says, describe(error)), error.advice);
        made.with_provider(error.fault);
        return made;
    };
    if (http == 401 || http == 403)
        return make(Exit::auth, "auth.refused", "Twilio refused the credentials");
    if (http == 429)
        return make(Exit::unavailable, "provider.rate_limited", "Twilio asks to slow down");
    if (http >= 400 && http < 500 && http != 408)
        return make(Exit::rejected, "provider.rejected", "Twilio refused the request");
    return make(Exit::unavailable, "provider.unavailable", "Twilio gives no usable answer");
}

} // namespace smsctl::providers::twilio
