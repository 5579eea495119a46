#pragma once

#include "http/form.hpp"

#include <string>
#include <string_view>

namespace smsctl::providers::twilio {

/// X-Twilio-Signature of a form POST to `url` (user info and fragment are dropped first): base64 of
/// HMAC-SHA1 over the URL and the parameters, sorted, each distinct value of a name once.
/// For a GET or a JSON body `params` is empty. Twilio documents it under "Validating requests".
std::string sign(std::string_view url, const http::Form& params, std::string_view auth_token);

/// Whether `header` signs `url` as it stands, or with the default port added or the port dropped.
bool verify(std::string_view url,
            const http::Form& params,
            std::string_view header,
            std::string_view auth_token);

/// The rule for bodies that are no form: the signature covers the URL alone, whose `bodySHA256`
/// (exactly one, lower-case hex) is the hash of `body`.
bool verify_body(std::string_view url,
                 std::string_view body,
                 std::string_view header,
                 std::string_view auth_token);

} // namespace smsctl::providers::twilio
