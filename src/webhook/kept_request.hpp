#pragma once

#include "http/server.hpp"

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::webhook {

/// What is kept of a webhook with its event, besides the payload: all that its signature covers,
/// and what `signed_urls` looks at.
struct KeptRequest {
    std::string method = "POST";
    std::string target;     ///< path and query, byte for byte
    http::Headers headers;  ///< those that count, in our spelling of their names
    bool is_local = false;  ///< from a loopback peer, whose forwarded headers count
    bool over_tls = false;  ///< the listener's own
    std::string public_url; ///< what the listener had been told; empty for nothing
    /// Where the payload, which is UTF-8 text, is not what was posted.
    std::optional<std::string> body;
    bool is_whole = true; ///< false: too long to keep all of it, or no text
};

/// `payload` is what the event will hold. Target, headers and body of more than `longest` bytes
/// each are cut.
KeptRequest keep(const http::ServerRequest& request,
                 std::string_view public_url,
                 std::string_view payload,
                 std::size_t longest = std::numeric_limits<std::size_t>::max());

/// As one line of JSON, what is usual left out.
std::string encode(const KeptRequest& kept);
/// Nothing for an empty text, or one that `encode` did not write.
std::optional<KeptRequest> decode(std::string_view text);

/// The request as the server had it, with `payload` for its body unless another was kept.
http::ServerRequest restore(const KeptRequest& kept, std::string_view payload);

} // namespace smsctl::webhook
