#pragma once

#include "core/clock.hpp"
#include "core/secret.hpp"
#include "http/client.hpp"
#include "http/form.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::webhook {

enum class Signing { valid, none, bad };

/// A synthetic webhook of Twilio's form.
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

/// The form of `type` ("status.failed:30003" carries an error code) with `changes` (Field=value,
/// the provider's own names) put in. Throws `usage.trigger_type` or `usage.trigger_field`, listing
/// what there is.
http::Form make_form(std::string_view type,
                     const TriggerSubject& subject,
                     const http::Form& changes,
                     Instant now);

/// The signed POST of `form` to `url`.
http::Request make_request(const std::string& url,
                           const http::Form& form,
                           Signing signing,
                           const Secret& auth_token,
                           Millis timeout);

/// A curl command line that does the same, quoted for a POSIX shell. It holds the signature and
/// never the token.
std::string as_curl(const http::Request& request);

} // namespace smsctl::webhook
