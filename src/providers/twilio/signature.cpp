// X-Twilio-Signature: base64 of HMAC-SHA1, keyed with the account's auth token, over the URL that
// Twilio was given and, for a form POST, every parameter sorted by name, name then value, with
// nothing between. Twilio's services disagree on whether the URL carries its port, so a receiver
// tries the URL with and without it, as the official libraries do.
#include "providers/twilio/signature.hpp"

#include "core/crypto.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smsctl::providers::twilio {

namespace {

/// A URL cut where its port would stand: everything up to the end of the host, the port with its
/// colon (empty for none), and the rest.
struct CutUrl {
    std::string_view up_to_host;
    std::string_view port;
    std::string_view rest;
};

/// `url` without fragment and user info: Twilio signs neither.
std::string signed_form(std::string_view url)
{
    url = url.substr(0, url.find('#'));
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos)
        return std::string(url);
    const std::size_t authority = scheme + 3;
    const std::size_t end = std::min(url.find_first_of("/?", authority), url.size());
    const std::size_t at = url.substr(0, end).rfind('@');
    if (at == std::string_view::npos || at < authority)
        return std::string(url);
    return std::string(url.substr(0, authority)).append(url.substr(at + 1));
}

CutUrl cut(std::string_view url)
{
    const std::size_t scheme = url.find("://");
    const std::size_t authority = scheme == std::string_view::npos ? 0 : scheme + 3;
    const std::size_t end = std::min(url.find_first_of("/?", authority), url.size());
    const std::size_t bracket = url.substr(0, end).rfind(']'); // colons of an IPv6 literal
    const std::size_t from =
        bracket == std::string_view::npos || bracket < authority ? authority : bracket;
    const std::size_t colon = std::min(url.substr(0, end).find(':', from), end);
    return {url.substr(0, colon), url.substr(colon, end - colon), url.substr(end)};
}

/// The URL that the other half of Twilio's services would have signed.
std::string other_port_form(std::string_view url)
{
    const CutUrl parts = cut(url);
    std::string other(parts.up_to_host);
    if (parts.port.empty())
        other += url.starts_with("https://") ? ":443" : ":80";
    other += parts.rest;
    return other;
}

std::string joined(const http::Form& params)
{
    std::vector<std::pair<std::string_view, std::string_view>> sorted(params.begin(), params.end());
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    std::string text;
    for (const auto& [name, value] : sorted)
        text.append(name).append(value);
    return text;
}

std::string mac(std::string_view url, std::string_view params, std::string_view auth_token)
{
    return crypto::base64(crypto::hmac_sha1(auth_token, std::string(url).append(params)));
}

/// The query of `url`, decoded; empty without one.
http::Form query(std::string_view url)
{
    url = url.substr(0, url.find('#'));
    const std::size_t mark = url.find('?');
    return mark == std::string_view::npos ? http::Form{} : http::decode_form(url.substr(mark + 1));
}

} // namespace

std::string sign(std::string_view url, const http::Form& params, std::string_view auth_token)
{
    return mac(signed_form(url), joined(params), auth_token);
}

bool verify(std::string_view url,
            const http::Form& params,
            std::string_view header,
            std::string_view auth_token)
{
    if (auth_token.empty())
        return false; // anybody can sign with an empty key
    const std::string plain = signed_form(url);
    const std::string text = joined(params);
    return crypto::equal_in_constant_time(mac(plain, text, auth_token), header) ||
           crypto::equal_in_constant_time(mac(other_port_form(plain), text, auth_token), header);
}

bool verify_body(std::string_view url,
                 std::string_view body,
                 std::string_view header,
                 std::string_view auth_token)
{
    const http::Form params = query(url);
    const auto is_hash = [](const auto& param) { return param.first == "bodySHA256"; };
    if (std::count_if(params.begin(), params.end(), is_hash) != 1)
        return false;
    return crypto::equal_in_constant_time(crypto::hex(crypto::sha256(body)),
                                          http::first(params, "bodySHA256")) &&
           verify(url, {}, header, auth_token);
}

} // namespace smsctl::providers::twilio
