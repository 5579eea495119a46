#include "webhook/signed_urls.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

namespace smsctl::webhook {

namespace {

/// The first entry of a list that each proxy appends to.
std::string_view first_of_list(std::string_view value)
{
    return text::trim(value.substr(0, value.find(',')));
}

} // namespace

std::vector<std::string> urls_below(std::string_view base, std::string_view target)
{
    base = base.substr(0, base.find_first_of("?#"));
    const std::size_t scheme = base.find("://");
    const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
    const std::size_t slash = std::min(base.find('/', host), base.size());
    const std::string_view origin = base.substr(0, slash);
    const std::string_view path = base.substr(slash);
    std::string_view prefix = path;
    while (prefix.ends_with('/'))
        prefix.remove_suffix(1);

    std::vector<std::string> urls = {fmt::format("{}{}{}", origin, prefix, target)};
    if (prefix.empty())
        return urls;
    if (target == "/" || target.starts_with("/?"))
        urls.push_back(fmt::format("{}{}{}", origin, path, target.substr(1)));
    if (target.starts_with(prefix))
        urls.push_back(fmt::format("{}{}", origin, target));
    return urls;
}

bool is_loopback(std::string_view peer_address)
{
    return peer_address.empty() || peer_address == "::1" || peer_address.starts_with("127.") ||
           peer_address.starts_with("::ffff:127.");
}

std::vector<std::string> signed_urls(const http::ServerRequest& request,
                                     std::string_view public_url)
{
    if (!public_url.empty())
        return urls_below(public_url, request.target);
    const std::string_view host = http::header(request.headers, "Host");
    std::vector<std::string> urls;
    if (is_loopback(request.peer_address)) {
        const auto proto = first_of_list(http::header(request.headers, "X-Forwarded-Proto"));
        auto forwarded = first_of_list(http::header(request.headers, "X-Forwarded-Host"));
        if (forwarded.empty())
            forwarded = host;
        const bool https =
            text::equal_ignoring_case(proto, "https") || (proto.empty() && request.over_tls);
        if (https != request.over_tls || forwarded != host)
            urls.push_back(
                fmt::format("{}://{}{}", https ? "https" : "http", forwarded, request.target));
    }
    urls.push_back(
        fmt::format("{}://{}{}", request.over_tls ? "https" : "http", host, request.target));
    return urls;
}

} // namespace smsctl::webhook
