#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::http {

/// An http or https URL in its parts, bytes as written.
struct Url {
    std::string scheme;     ///< "http" or "https", lower case
    std::string host;       ///< without brackets for IPv6, lower case
    std::uint16_t port = 0; ///< 80 or 443 where none is written
    std::string target;     ///< path and query, at least "/"

    /// Whether it can only reach this machine: 127.0.0.0/8, ::1 or localhost.
    bool is_loopback() const;
    /// scheme://host[:port] without a path.
    std::string origin() const;
};

/// Nothing for another scheme, a missing host or a bad port. User info and fragment are dropped.
std::optional<Url> parse_url(std::string_view text);
/// Where a `Location` of `base` leads: a whole URL, or a path from there. Nothing as above.
std::optional<Url> resolve(const Url& base, std::string_view location);

} // namespace smsctl::http
