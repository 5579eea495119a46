#pragma once

#include "http/server.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smsctl::webhook {

/// Whether a request's peer is this machine. A Unix socket has no address and is as local as can
/// be.
bool is_loopback(std::string_view peer_address);

/// What `public_url` stands for when `target` is asked for: joined with it byte for byte, with its
/// path left out where the tunnel kept it in the target, or alone where the tunnel asks for "/".
std::vector<std::string> urls_below(std::string_view public_url, std::string_view target);

/// The URLs that the provider may have signed for `request`, most likely first. With `public_url`
/// only URLs below it. Without, the request's Host over what it came by; from a loopback peer (a
/// local tunnel or proxy) first what its forwarded headers say.
std::vector<std::string> signed_urls(const http::ServerRequest& request,
                                     std::string_view public_url);

} // namespace smsctl::webhook
