#pragma once

#include "core/secret.hpp"
#include "http/server.hpp"
#include "providers/provider.hpp"
#include "webhook/kept_request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::webhook {

/// A URL that `listen` tried, or would try now.
struct TriedUrl {
    std::string url;
    bool matches = false;
};

/// What a second look at a signature finds.
struct Verification {
    std::optional<bool> verified; ///< nothing: it cannot be told any more
    std::string reason;           ///< why it is not verified, one clause
    std::vector<TriedUrl> tried;
    int variants = 0; ///< how many other URLs were looked at because none of `tried` fits
    /// The URL that was signed; empty when it is none of those.
    std::string url;
    /// How `url` differs from what listen tries ("https, without the query"); empty when it tries
    /// it.
    std::string differs;
    /// With this public-url listen would take the request; empty: it does already, or none would
    /// do.
    std::string public_url;
};

/// Addresses that the provider may have been told to call.
struct KnownAddresses {
    std::string public_url;            ///< the workspace's, as it is now; empty for none
    std::vector<std::string> webhooks; ///< of the numbers the request is about
};

/// Checks the signature of `kept` again: over the URLs that listen tried when it came, over those
/// of the workspace's public-url now, and then over what usually goes wrong on the way: the
/// scheme, the port, a slash, a query that was dropped, another host, a path that a proxy took off.
Verification verify_again(const KeptRequest& kept,
                          std::string_view payload,
                          const KnownAddresses& known,
                          const providers::Webhooks& webhooks,
                          const Secret& secret);

} // namespace smsctl::webhook
