#pragma once

#include "core/error.hpp"
#include "http/client.hpp"
#include "http/url.hpp"
#include "sms/message.hpp"

#include <cstddef>
#include <string>
#include <variant>

namespace smsctl::media {

class Route;

/// Who asks, and how much is taken.
struct DownloadRules {
    std::string provider; ///< "twilio"
    http::BasicAuth auth; ///< for the provider's own hosts
    std::string api_base; ///< the loopback address that stands in for the provider; empty: none
    std::size_t longest = std::size_t{5} << 20U; ///< bytes
    Millis timeout = std::chrono::seconds(60);   ///< for each of the addresses on the way
};

struct Content {
    std::string bytes;
    std::string type; ///< bare, in lower case
};

/// Fetches media from addresses that strangers write: by a `Route`'s rules, at most five redirects
/// far, no more bytes than allowed, of the type that was said or a safe one.
class Downloader {
public:
    explicit Downloader(DownloadRules rules, http::Trace trace = {});

    /// The bytes, or why there are none: `media.blocked` (11) for what the rules forbid,
    /// `not_found.media` (3), `auth.media` (4), `media.refused` (5), `media.unavailable` (6).
    std::variant<Content, Error> fetch(const sms::Media& media);

private:
    http::Request request_to(const Route& route) const;

    DownloadRules m_rules;
    http::Client m_client;
};

} // namespace smsctl::media
