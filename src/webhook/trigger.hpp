#pragma once

#include "core/clock.hpp"
#include "core/secret.hpp"
#include "http/client.hpp"
#include "http/form.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::webhook {

enum class Signing { valid, none, bad };

/// A synthetic webhook of Twilio's form, or a flow of several.
struct TriggerType {
    std::string_view name;    ///< "inbound.sms"
    std::string_view meaning; ///< one line
};

std::span<const TriggerType> trigger_types();

/// What the event is about: who signs, whose number, whose message.
struct TriggerSubject {
    std::string account_id;
    std::string our_address;   ///< the number that receives or sent
    std::string their_address; ///< the other end
    std::string provider_id;   ///< of the message a status is about; empty: a new one
};

/// A webhook to deliver, and to sign when it is.
struct Webhook {
    std::string type; ///< "inbound.sms", "status.sent": what its form says
    http::Form form;
    std::string body; ///< the form as it travels
    std::string method = "POST";
    std::string idempotency_token = {}; ///< Twilio's name for one delivery and its repeats
};

/// The name of `form` among the types, or what it would be there: "status.novel".
std::string type_of(const http::Form& form);
/// The webhook of `form`, with an idempotency token of its own.
Webhook make_webhook(http::Form form);

/// The form of `type` ("status.failed:30003" carries an error code; no flow) with `changes`
/// (Field=value, the provider's own names) put in. Throws `usage.trigger_type` or
/// `usage.trigger_field`, listing what there is.
http::Form make_form(std::string_view type,
                     const TriggerSubject& subject,
                     const http::Form& changes,
                     Instant now);

/// `type` itself, or the types that a flow consists of, in the order of their delivery. Throws
/// `usage.trigger_type`.
std::vector<std::string> steps_of(std::string_view type);
/// A message id as the provider makes them.
std::string new_message_id();

/// Puts `changes` into a form that came from elsewhere. Throws `usage.trigger_field`.
void change(Webhook& webhook, const http::Form& changes);

/// The signed request of `webhook` to `url`.
http::Request make_request(const std::string& url,
                           const Webhook& webhook,
                           Signing signing,
                           const Secret& auth_token,
                           Millis timeout);

/// A curl command line that does the same, quoted for a POSIX shell. It holds the signature and
/// never the token.
std::string as_curl(const http::Request& request);

} // namespace smsctl::webhook
