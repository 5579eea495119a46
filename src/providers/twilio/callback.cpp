#include "providers/twilio/callback.hpp"

#include "core/text.hpp"
#include "http/url.hpp"
#include "providers/twilio/payload.hpp"
#include "providers/twilio/signature.hpp"
#include "providers/twilio/twiml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <utility>

namespace smsctl::providers::twilio {

namespace {

constexpr std::string_view signature_header = "X-Twilio-Signature";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";

/// The media type alone, in lower case; empty when the request names none.
std::string content_type(const WebhookRequest& request)
{
    const std::string_view value = http::header(request.headers, "Content-Type");
    return text::lower(text::trim(value.substr(0, value.find(';'))));
}

/// A request without a type is read as the form that Twilio sends.
bool is_form(const WebhookRequest& request)
{
    const std::string type = content_type(request);
    return type.empty() || type == form_type;
}

http::Form decoded_parameters(const WebhookRequest& request)
{
    if (request.method == "POST")
        return is_form(request) ? http::decode_form(request.body) : http::Form{};
    const std::string_view url = request.urls.empty() ? std::string_view() : request.urls.front();
    const std::string_view without_fragment = url.substr(0, url.find('#'));
    const std::size_t mark = without_fragment.find('?');
    return mark == std::string_view::npos ? http::Form{}
                                          : http::decode_form(without_fragment.substr(mark + 1));
}

const http::Form& parameters(const WebhookRequest& request)
{
    if (!request.decoded)
        request.decoded = decoded_parameters(request);
    return *request.decoded;
}

/// The first of `names` that has a value.
std::string first_of(const http::Form& form, std::initializer_list<std::string_view> names)
{
    for (const std::string_view name : names)
        if (const std::string_view value = http::first(form, name); !value.empty())
            return std::string(value);
    return {};
}

/// " 1415…" and "whatsapp: 1415…" are numbers whose `+` was sent unescaped.
std::string address(const http::Form& form, std::string_view name)
{
    std::string value(http::first(form, name));
    const std::size_t blank = value.find(' ');
    if (blank == std::string::npos || (blank != 0 && value[blank - 1] != ':'))
        return value;
    const bool digits = blank + 1 < value.size() &&
                        value.find_first_not_of("0123456789", blank + 1) == std::string::npos;
    if (digits)
        value[blank] = '+';
    return value;
}

/// The media that are there, in the order of their numbers, whatever `NumMedia` says.
std::vector<sms::Media> media(const http::Form& form)
{
    constexpr std::string_view prefix = "MediaUrl";
    std::map<long long, sms::Media> numbered;
    for (const auto& [name, value] : form) {
        if (!name.starts_with(prefix) || value.empty())
            continue;
        const std::string number = name.substr(prefix.size());
        const auto index = text::to_integer(number);
        if (index && *index >= 0)
            numbered.try_emplace(
                *index,
                sms::Media{value, std::string(http::first(form, "MediaContentType" + number))});
    }
    std::vector<sms::Media> list;
    list.reserve(numbered.size());
    for (auto& [index, item] : numbered)
        list.push_back(std::move(item));
    return list;
}

InboundMessage inbound(const http::Form& form, std::string sid)
{
    InboundMessage message;
    message.provider_id = std::move(sid);
    message.account_id = http::first(form, "AccountSid");
    message.from = address(form, "From");
    message.to = address(form, "To");
    message.messaging_service_id = http::first(form, "MessagingServiceSid");
    message.body = http::first(form, "Body");
    message.media = media(form);
    const auto segments = text::to_integer(http::first(form, "NumSegments"));
    constexpr long long most = 1000;
    message.segments = static_cast<int>(std::clamp(segments.value_or(0), 0LL, most));
    message.keyword = sms::keyword_from_provider(http::first(form, "OptOutType"));
    if (message.keyword == sms::Keyword::none)
        message.keyword = sms::keyword(message.body);
    message.profile_name = http::first(form, "ProfileName");
    return message;
}

StatusReport status_report(const http::Form& form, std::string sid)
{
    StatusReport report;
    report.provider_id = std::move(sid);
    report.account_id = http::first(form, "AccountSid");
    report.status_word = first_of(form, {"MessageStatus", "SmsStatus"});
    report.status = status_of(report.status_word);
    report.failure = failure_of(http::first(form, "ErrorCode"),
                                first_of(form, {"ErrorMessage", "ChannelStatusMessage"}));
    report.from = address(form, "From");
    report.to = address(form, "To");
    report.messaging_service_id = http::first(form, "MessagingServiceSid");
    return report;
}

http::ServerResponse as_response(std::string twiml)
{
    http::ServerResponse response;
    response.headers = {{"Content-Type", "text/xml; charset=utf-8"}};
    response.body = std::move(twiml);
    return response;
}

/// Inbound requests say `SmsStatus=received`; status callbacks carry `MessageStatus` as well.
bool is_inbound(const http::Form& form)
{
    if (http::contains(form, "MessageStatus"))
        return false;
    const std::string_view status = http::first(form, "SmsStatus");
    return http::contains(form, "Body") || status == "received" || status == "receiving";
}

} // namespace

bool Callbacks::recognises(const WebhookRequest& request) const
{
    return is_signed(request) || account_id(request).starts_with("AC");
}

bool Callbacks::is_signed(const WebhookRequest& request) const
{
    return !http::header(request.headers, signature_header).empty();
}

std::string Callbacks::signature_problem(const WebhookRequest& request, const Secret& secret) const
{
    const std::string_view signature = http::header(request.headers, signature_header);
    if (signature.empty())
        return "no X-Twilio-Signature header";
    if (secret.empty())
        return "no auth token to check the signature with";
    // A form that says text/plain is signed as the form it is; `read` then refuses its type.
    const bool form =
        request.method == "GET" || is_form(request) || content_type(request) == "text/plain";
    const bool is_read_so = request.method == "POST" && is_form(request);
    const http::Form other =
        request.method == "GET" || is_read_so ? http::Form{} : http::decode_form(request.body);
    const http::Form& params = is_read_so ? parameters(request) : other;
    for (const std::string& url : request.urls)
        if (form ? verify(url, params, signature, secret.reveal())
                 : verify_body(url, request.body, signature, secret.reveal()))
            return {};
    // Without the query, which may carry what its owner holds secret, and without user info.
    std::string tried;
    for (const std::string& url : request.urls)
        if (const auto parts = http::parse_url(url))
            tried += fmt::format("{}{}{}",
                                 tried.empty() ? "" : " or ",
                                 parts->origin(),
                                 parts->target.substr(0, parts->target.find('?')));
    return fmt::format(
        "signature does not match for URL {}{}", tried, form ? "" : " and a body that is no form");
}

WebhookContent Callbacks::read(const WebhookRequest& request) const
{
    if (request.method != "POST" && request.method != "GET")
        return Unreadable{405, fmt::format("method {} instead of POST or GET", request.method)};
    if (request.method == "POST" && !is_form(request))
        return Unreadable{415,
                          fmt::format("content type {} instead of a form", content_type(request))};
    const http::Form& form = parameters(request);
    if (form.empty())
        return Unreadable{400, "no parameters"};
    std::string sid = first_of(form, {"MessageSid", "SmsSid", "SmsMessageSid"});
    if (sid.empty())
        return Unreadable{400, "no MessageSid"};
    if (!is_sid(sid))
        return Unreadable{400, "MessageSid is no SID"};
    if (is_inbound(form)) {
        if (http::first(form, "From").empty())
            return Unreadable{400, "no From"};
        return inbound(form, std::move(sid));
    }
    StatusReport report = status_report(form, std::move(sid));
    if (report.status_word.empty())
        return Unreadable{400, "neither a message nor a status"};
    return report;
}

std::string Callbacks::account_id(const WebhookRequest& request) const
{
    return std::string(http::first(parameters(request), "AccountSid"));
}

http::ServerResponse Callbacks::acknowledgement() const
{
    // Any other 200 could be texted back to the sender; an empty Response is silent.
    return as_response(empty_twiml());
}

http::ServerResponse Callbacks::reply(std::string_view body, std::string_view status_callback) const
{
    return as_response(reply_twiml(body, status_callback));
}

} // namespace smsctl::providers::twilio
