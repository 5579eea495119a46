#pragma once

#include <map>
#include <string>
#include <string_view>

namespace bench {

/// Names and values of a webhook, in the order that its signature is over.
using Fields = std::map<std::string, std::string>;

/// X-Twilio-Signature of a form POST to `url`.
std::string signature_of(std::string_view url, const Fields& fields, std::string_view token);
/// application/x-www-form-urlencoded, both ways.
std::string encode(const Fields& fields);
Fields decode(std::string_view body);

} // namespace bench
