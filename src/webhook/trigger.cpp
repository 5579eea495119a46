#include "webhook/trigger.hpp"

#include "core/crypto.hpp"
#include "core/text.hpp"
#include "phone/e164.hpp"
#include "providers/twilio/signature.hpp"
#include "sms/segments.hpp"
#include "webhook/trigger_types.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl::webhook {

namespace {

constexpr std::string_view api_version = "2010-04-01";

std::string new_sid(std::string_view prefix)
{
    return std::string(prefix) + crypto::hex(crypto::random_bytes(16));
}

std::string* find(http::Form& form, std::string_view name)
{
    const auto found = std::find_if(
        form.begin(), form.end(), [&](const auto& field) { return field.first == name; });
    return found == form.end() ? nullptr : &found->second;
}

void set(http::Form& form, const std::string& name, const std::string& value)
{
    if (std::string* there = find(form, name))
        *there = value;
    else
        form.emplace_back(name, value);
}

/// Gives `name` the value of `leader` where only the leader was changed: two names of one thing.
void follow(http::Form& form,
            const http::Form& changes,
            const std::string& leader,
            const std::string& name)
{
    if (http::contains(changes, leader) && !http::contains(changes, name))
        set(form, name, std::string(http::first(changes, leader)));
}

std::string body_of(std::string_view what)
{
    if (what == "stop")
        return "STOP";
    if (what == "start")
        return "START";
    if (what == "help")
        return "HELP";
    return what == "mms" ? "Look at this" : "Hello from smsctl trigger";
}

/// The fields in the order a plain text was recorded with.
http::Form inbound_form(std::string_view what, const TriggerSubject& subject)
{
    const bool mms = what == "mms";
    const std::string sid =
        subject.provider_id.empty() ? new_sid(mms ? "MM" : "SM") : subject.provider_id;
    http::Form form{{"ToCountry", phone::region_of(subject.our_address)},
                    {"ToState", ""},
                    {"SmsMessageSid", sid},
                    {"NumMedia", mms ? "1" : "0"},
                    {"ToCity", ""},
                    {"FromZip", ""},
                    {"SmsSid", sid},
                    {"FromState", ""},
                    {"SmsStatus", "received"},
                    {"FromCity", ""},
                    {"Body", body_of(what)},
                    {"FromCountry", phone::region_of(subject.their_address)},
                    {"To", subject.our_address},
                    {"ToZip", ""},
                    {"NumSegments", "1"},
                    {"MessageSid", sid},
                    {"AccountSid", subject.account_id},
                    {"From", subject.their_address},
                    {"ApiVersion", std::string(api_version)}};
    if (mms) {
        form.emplace_back("MediaContentType0", "image/png");
        form.emplace_back("MediaUrl0",
                          fmt::format("https://api.twilio.com/{}/Accounts/{}/Messages/{}/Media/{}",
                                      api_version,
                                      subject.account_id,
                                      sid,
                                      new_sid("ME")));
    }
    return form;
}

http::Form status_form(const TypeName& type, const TriggerSubject& subject, Instant now)
{
    const std::string status(type.what);
    const std::string sid = subject.provider_id.empty() ? new_sid("SM") : subject.provider_id;
    http::Form form{{"SmsSid", sid},
                    {"SmsStatus", status},
                    {"MessageStatus", status},
                    {"To", subject.their_address},
                    {"MessageSid", sid},
                    {"AccountSid", subject.account_id},
                    {"From", subject.our_address},
                    {"ApiVersion", std::string(api_version)}};
    if (!type.error_code.empty())
        form.emplace_back("ErrorCode", type.error_code);
    if (status == "delivered" || status == "undelivered")
        form.emplace_back(
            "RawDlrDoneDate",
            fmt::format("{:%y%m%d%H%M}", fmt::gmtime(std::chrono::system_clock::to_time_t(now))));
    return form;
}

/// Puts `changes` into a form of `kind`, and keeps what must agree with them in step.
void put_in(http::Form& form, std::string_view kind, const http::Form& changes)
{
    check_fields(kind, changes);
    for (const auto& [name, value] : changes)
        set(form, name, value);
    follow(form, changes, "MessageSid", "SmsSid");
    if (kind == "inbound") {
        follow(form, changes, "MessageSid", "SmsMessageSid");
        if (http::contains(changes, "Body") && !http::contains(changes, "NumSegments"))
            set(form,
                "NumSegments",
                fmt::to_string(sms::count_segments(http::first(form, "Body")).segments.size()));
    } else {
        follow(form, changes, "MessageStatus", "SmsStatus");
    }
}

} // namespace

std::string type_of(const http::Form& form)
{
    if (http::contains(form, "MessageStatus"))
        return fmt::format("status.{}", http::first(form, "MessageStatus"));
    const auto media = text::to_integer(http::first(form, "NumMedia"));
    return media.value_or(0) > 0 ? "inbound.mms" : "inbound.sms";
}

Webhook make_webhook(http::Form form)
{
    Webhook webhook;
    webhook.type = type_of(form);
    webhook.body = http::encode_form(form);
    webhook.form = std::move(form);
    webhook.idempotency_token = crypto::hex(crypto::random_bytes(16));
    return webhook;
}

http::Form make_form(std::string_view type,
                     const TriggerSubject& subject,
                     const http::Form& changes,
                     Instant now)
{
    const TypeName parts = parse_type(type);
    const bool inbound = parts.kind == "inbound";
    http::Form form =
        inbound ? inbound_form(parts.what, subject) : status_form(parts, subject, now);
    put_in(form, parts.kind, changes);
    return form;
}

void change(Webhook& webhook, const http::Form& changes)
{
    if (changes.empty())
        return;
    const bool inbound = webhook.type.starts_with("inbound");
    put_in(webhook.form, inbound ? "inbound" : "status", changes);
    webhook.body = http::encode_form(webhook.form);
    webhook.type = type_of(webhook.form);
}

std::string new_message_id()
{
    return new_sid("SM");
}

http::Request make_request(const std::string& url,
                           const Webhook& webhook,
                           Signing signing,
                           const Secret& auth_token,
                           Millis timeout)
{
    http::Request request;
    request.method = webhook.method;
    request.url = url.substr(0, url.find('#'));
    request.timeout = timeout;
    request.fresh_connection = true; // as Twilio's callbacks, which is how they overtake each other
    if (webhook.method == "GET") {
        request.url += request.url.find('?') == std::string::npos ? "?" : "&";
        request.url += webhook.body;
    } else {
        request.body = webhook.body;
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"}};
    }
    request.headers.emplace_back("Accept", "*/*");
    request.headers.emplace_back("I-Twilio-Idempotency-Token", webhook.idempotency_token);
    if (signing != Signing::none) {
        // A bad signature looks like a good one, made with a key that nobody has.
        const std::string key =
            signing == Signing::valid ? std::string(auth_token.reveal()) : crypto::random_bytes(32);
        const http::Form params = webhook.method == "GET" ? http::Form{} : webhook.form;
        request.headers.emplace_back("X-Twilio-Signature",
                                     providers::twilio::sign(request.url, params, key));
    }
    return request;
}

std::string as_curl(const http::Request& request)
{
    std::string line =
        fmt::format("curl -sS -X {} {}", request.method, text::shell_quoted(request.url));
    for (const auto& [name, value] : request.headers)
        line += fmt::format(" -H {}", text::shell_quoted(fmt::format("{}: {}", name, value)));
    if (request.method != "GET")
        line += fmt::format(" --data-raw {}", text::shell_quoted(request.body));
    return line;
}

} // namespace smsctl::webhook
