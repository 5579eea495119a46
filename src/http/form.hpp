#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smsctl::http {

/// Names and values in order of arrival; a name may come several times.
using Form = std::vector<std::pair<std::string, std::string>>;

/// application/x-www-form-urlencoded as the WHATWG URL standard decodes it: `+` is a blank, a `%`
/// that starts no escape stays, bytes that are not UTF-8 become U+FFFD. Never fails.
Form decode_form(std::string_view body);
std::string encode_form(const Form& form);
/// Percent-encodes all but RFC 3986's unreserved characters.
std::string encode_component(std::string_view text);
/// First value of `name`; empty when it is not there.
std::string_view first(const Form& form, std::string_view name);
bool contains(const Form& form, std::string_view name);

} // namespace smsctl::http
