#pragma once

#include "http/client.hpp"
#include "http/url.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smsctl::media {

/// The way of one download, from address to address, and what holds at each: strangers write the
/// first, and whoever answers there the next.
class Route {
public:
    /// `api_base` stands in for `provider`'s own hosts: an address of theirs leads to it.
    Route(std::string provider, std::optional<http::Url> api_base, http::Url start);

    const http::Url& here() const { return m_here; }
    /// Why nothing may be fetched from here, one clause; empty when it may.
    std::string problem() const;
    /// Public addresses alone, but for the api base.
    http::Reachable reachable() const;
    /// Whether we say who we are: on the provider's own hosts and the api base, until the first
    /// redirect to another host.
    bool with_credentials() const { return m_with_credentials; }
    /// Goes where a redirect from here points; false when that is no http or https URL.
    bool follow(std::string_view location);

private:
    bool is_api_base() const;
    /// Whether this is where the api base keeps media: itself, or its port by another loopback
    /// name, as the provider keeps them on another host.
    bool is_of_api_base() const;

    std::string m_provider;
    std::optional<http::Url> m_api_base;
    http::Url m_here;
    bool m_with_credentials = false;
};

/// `url` as it may be shown: a query can be what gives access.
std::string shown(const http::Url& url);

} // namespace smsctl::media
