// URLs in all the forms that a signature may be over. The input is lines: a URL, a target, a Host,
// a forwarded host, a location.

#include "core/text.hpp"
#include "http/url.hpp"
#include "must.hpp"
#include "providers/twilio/signature.hpp"
#include "webhook/signed_urls.hpp"

#include <array>

using namespace smsctl;
using fuzz::must;
namespace twilio = smsctl::providers::twilio;

namespace {

void check_signature(std::string_view url)
{
    const http::Form params = {{"b", "2"}, {"a", "1"}, {"b", "1"}, {"a", "1"}};
    const std::string signature = twilio::sign(url, params, "token");
    must(twilio::verify(url, params, signature, "token"), "what is signed holds");
    must(!twilio::verify(url, params, signature, "another"), "for no other token");
    must(!twilio::verify(url, {{"a", "1"}}, signature, "token"), "for no other parameters");
    must(!twilio::verify(url, params, signature, ""), "and never for an empty one");
    must(!twilio::verify_body(url, "body", signature, "token"), "nor for a body");
}

void check_url(std::string_view text, std::string_view location)
{
    const auto url = http::parse_url(text);
    if (!url)
        return;
    must(url->port != 0 && !url->host.empty(), "a URL has a host and a port");
    must(url->target.starts_with('/'), "a target begins with /");
    const auto again = http::parse_url(url->origin() + url->target);
    must(again && again->host == url->host && again->port == url->port &&
             again->scheme == url->scheme,
         "its parts make the same URL");
    must(again->is_loopback() == url->is_loopback(), "as local as before");
    if (const auto there = http::resolve(*url, location))
        must(there->scheme == "http" || there->scheme == "https", "no redirect leaves HTTP");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const auto lines = text::split(fuzz::text_of(data, size), '\n');
    std::array<std::string_view, 5> parts{};
    for (std::size_t i = 0; i < parts.size() && i < lines.size(); ++i)
        parts[i] = lines[i];
    const auto& [url, target, host, forwarded, location] = parts;
    check_signature(url);
    check_url(url, location);
    http::ServerRequest request;
    request.target = target;
    request.headers = {{"Host", std::string(host)},
                       {"X-Forwarded-Proto", "https"},
                       {"X-Forwarded-Host", std::string(forwarded)}};
    for (const char* const peer : {"127.0.0.1", "192.0.2.1"}) {
        request.peer_address = peer;
        for (const std::string_view public_url : {std::string_view(), url}) {
            const auto urls = webhook::signed_urls(request, public_url);
            must(!urls.empty(), "there is a URL to try");
            const std::string& one = urls.back();
            must(twilio::verify(one, {}, twilio::sign(one, {}, "token"), "token"),
                 "and what is signed for it holds");
        }
    }
    return 0;
}
