// Read by libcurl's own parser, so that what we judge (is it loopback? which origin?) is what the
// client will connect to.

#include "http/url.hpp"

#include "core/text.hpp"

#include <curl/urlapi.h>
#include <fmt/format.h>

#include <arpa/inet.h>
#include <memory>

namespace smsctl::http {

namespace {

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;

struct UrlDeleter {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct CurlDeleter {
    void operator()(char* text) const { curl_free(text); }
};

/// Empty when the URL has no such part.
std::string part(CURLU* url, CURLUPart which, unsigned flags = 0)
{
    char* text = nullptr;
    if (curl_url_get(url, which, &text, flags) != CURLUE_OK) {
        return {};
    }
    const std::unique_ptr<char, CurlDeleter> owner(text);
    return text;
}

} // namespace

bool Url::is_loopback() const
{
    in_addr v4{};
    if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
        return (ntohl(v4.s_addr) >> 24U) == 127;
    }
    in6_addr v6{};
    if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&v6);
    }
    return host == "localhost";
}

std::string Url::origin() const
{
    const bool brackets = host.find(':') != std::string::npos;
    std::string out = fmt::format("{}://{}", scheme, brackets ? fmt::format("[{}]", host) : host);
    if (port != (scheme == "https" ? https_port : http_port)) {
        out += fmt::format(":{}", port);
    }
    return out;
}

std::optional<Url> parse_url(std::string_view text)
{
    const auto slashes = text.find("://");
    // libcurl forgives one or three slashes and, through its C string, whatever follows a NUL.
    if (slashes == std::string_view::npos || text.substr(slashes + 3, 1) == "/" ||
        text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    Url url;
    url.scheme = text::lower(text.substr(0, slashes));
    if (url.scheme != "http" && url.scheme != "https") {
        return std::nullopt;
    }
    const std::unique_ptr<CURLU, UrlDeleter> parsed(curl_url());
    if (!parsed ||
        curl_url_set(parsed.get(), CURLUPART_URL, std::string(text).c_str(), CURLU_PATH_AS_IS) !=
            CURLUE_OK) {
        return std::nullopt;
    }
    url.host = text::lower(part(parsed.get(), CURLUPART_HOST));
    if (url.host.size() > 2 && url.host.front() == '[') {
        url.host = url.host.substr(1, url.host.size() - 2);
    }
    const auto port = text::to_integer(part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT));
    if (url.host.empty() || !port || *port < 1 || *port > UINT16_MAX) {
        return std::nullopt;
    }
    url.port = static_cast<std::uint16_t>(*port);
    url.target = part(parsed.get(), CURLUPART_PATH);
    if (url.target.empty()) {
        url.target = "/";
    }
    if (const std::string query = part(parsed.get(), CURLUPART_QUERY); !query.empty()) {
        url.target += "?" + query;
    }
    return url;
}

std::optional<Url> resolve(const Url& base, std::string_view location)
{
    if (location.empty() || location.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    const std::unique_ptr<CURLU, UrlDeleter> joined(curl_url());
    if (!joined ||
        curl_url_set(joined.get(), CURLUPART_URL, (base.origin() + base.target).c_str(), 0) !=
            CURLUE_OK ||
        curl_url_set(joined.get(), CURLUPART_URL, std::string(location).c_str(), 0) != CURLUE_OK) {
        return std::nullopt;
    }
    return parse_url(part(joined.get(), CURLUPART_URL));
}

} // namespace smsctl::http
