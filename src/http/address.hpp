#pragma once

#include <string>
#include <sys/socket.h>

namespace smsctl::http {

/// Whether `address` belongs to the internet at large: no loopback, private, link-local, shared,
/// documentation or multicast address (IANA's special-purpose registries), nor one of those inside
/// of an IPv6 address. What is neither IPv4 nor IPv6 is not public.
bool is_public(const sockaddr& address);

/// "10.0.0.1", "fe80::1"; empty for what is neither IPv4 nor IPv6.
std::string text_of(const sockaddr& address);

} // namespace smsctl::http
