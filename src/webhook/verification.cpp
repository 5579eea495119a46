#include "webhook/verification.hpp"

#include "http/url.hpp"
#include "webhook/signed_urls.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace smsctl::webhook {

namespace {

/// A URL cut where proxies change it, each part as it was written.
struct Parts {
    std::string scheme;
    std::string host;
    std::string port; ///< with its colon; empty for none
    std::string path;
    std::string query; ///< with its question mark; empty for none

    std::string whole() const { return scheme + "://" + host + port + path + query; }
};

Parts cut(std::string_view url)
{
    url = url.substr(0, url.find('#'));
    Parts parts;
    const std::size_t scheme = std::min(url.find("://"), url.size());
    parts.scheme = url.substr(0, scheme);
    url.remove_prefix(std::min(scheme + 3, url.size()));
    const std::size_t end = std::min(url.find_first_of("/?"), url.size());
    const std::string_view authority = url.substr(0, end);
    const std::size_t bracket = authority.rfind(']'); // colons of an IPv6 literal
    const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    parts.host = authority.substr(0, colon);
    if (colon != std::string_view::npos)
        parts.port = authority.substr(colon);
    url.remove_prefix(end);
    const std::size_t mark = std::min(url.find('?'), url.size());
    parts.path = url.substr(0, mark);
    parts.query = url.substr(mark);
    return parts;
}

/// A URL to start from, and where it comes from, as a clause.
struct Base {
    std::string url;
    std::string from;
};

struct Variant {
    std::string url;
    std::string differs;
};

/// `base` with and without each of the changes that happen on the way, the smaller ones first. Of
/// two that differ by the port alone the one without: a check of the other accepts both.
std::vector<Variant> variants_of(const Base& base)
{
    std::vector<std::pair<std::size_t, Variant>> made;
    constexpr unsigned all_changes = 16;
    for (unsigned changes = 0; changes < all_changes; ++changes) {
        Parts parts = cut(base.url);
        std::vector<std::string> words;
        if (!base.from.empty())
            words.push_back(base.from);
        if ((changes & 1U) != 0) {
            parts.scheme = parts.scheme == "https" ? "http" : "https";
            words.push_back(parts.scheme);
        }
        const bool lost_port = (changes & 2U) != 0 && !std::exchange(parts.port, "").empty();
        if (lost_port)
            words.emplace_back("without the port");
        if ((changes & 4U) != 0) {
            const bool slash = parts.path.ends_with('/');
            parts.path = slash ? parts.path.substr(0, parts.path.size() - 1) : parts.path + "/";
            words.emplace_back(slash ? "without the last slash" : "with a slash at the end");
        }
        if ((changes & 8U) != 0 && !std::exchange(parts.query, "").empty())
            words.emplace_back("without the query");
        made.emplace_back(lost_port ? 2 * words.size() - 2 : 2 * words.size() + 1,
                          Variant{parts.whole(), fmt::format("{}", fmt::join(words, ", "))});
    }
    std::stable_sort(made.begin(), made.end(), [](const auto& left, const auto& right) {
        return left.first < right.first;
    });
    std::vector<Variant> variants;
    variants.reserve(made.size());
    for (auto& [count, variant] : made)
        variants.push_back(std::move(variant));
    return variants;
}

/// One request, and whether its signature fits a URL.
class Check {
public:
    Check(const http::ServerRequest& request,
          const providers::Webhooks& webhooks,
          const Secret& secret)
        : m_webhooks(webhooks), m_secret(secret)
    {
        m_request.method = request.method;
        m_request.headers = request.headers;
        m_request.body = request.body;
    }

    bool fits(const std::string& url)
    {
        m_request.urls = {url};
        return m_webhooks.signature_problem(m_request, m_secret).empty();
    }

    bool is_signed() const { return m_webhooks.is_signed(m_request); }

private:
    providers::WebhookRequest m_request;
    const providers::Webhooks& m_webhooks;
    const Secret& m_secret;
};

/// What listen did not look at, most likely first.
std::vector<Base> bases(const http::ServerRequest& request,
                        const std::vector<TriedUrl>& tried,
                        const KnownAddresses& known)
{
    std::vector<Base> found;
    for (const TriedUrl& one : tried)
        found.push_back({one.url, ""});
    for (const std::string& webhook : known.webhooks) {
        found.push_back({webhook, "the number's webhook"});
        for (std::string& url : signed_urls(request, webhook))
            found.push_back({std::move(url), "below the number's webhook"});
    }
    http::ServerRequest forwarded = request;
    forwarded.peer_address = "127.0.0.1";
    for (std::string& url : signed_urls(forwarded, ""))
        found.push_back({std::move(url), "as the Host or forwarded headers say"});
    return found;
}

/// A public-url with which listen tries a URL that fits; empty when there is none.
std::string public_url_for(const std::string& url, const http::ServerRequest& request, Check& check)
{
    const Parts parts = cut(url);
    const std::string origin = parts.scheme + "://" + parts.host + parts.port;
    const std::string target_path = request.target.substr(0, request.target.find('?'));
    std::string prefix = parts.path;
    if (prefix.ends_with(target_path))
        prefix.resize(prefix.size() - target_path.size());
    for (const std::string& path : {std::string("/"), prefix, parts.path}) {
        const std::string candidate = origin + path;
        const auto urls = signed_urls(request, candidate);
        if (std::any_of(urls.begin(), urls.end(), [&](const auto& one) { return check.fits(one); }))
            return candidate;
    }
    return {};
}

/// Fills in why no URL that listen tries fits.
void explain(Verification& result, bool is_signed, bool is_whole)
{
    result.verified = false;
    if (!is_signed) {
        result.reason = "it carries no signature";
    } else if (!result.url.empty()) {
        result.reason = fmt::format("it was signed for {} ({})", result.url, result.differs);
    } else if (!is_whole) {
        result.verified.reset();
        result.reason = "it was too long to be kept whole";
    } else {
        result.reason = "it fits no usual URL: it was signed with another secret or for another "
                        "address, or changed on its way";
    }
}

} // namespace

Verification verify_again(const KeptRequest& kept,
                          std::string_view payload,
                          const KnownAddresses& known,
                          const providers::Webhooks& webhooks,
                          const Secret& secret)
{
    const http::ServerRequest request = restore(kept, payload);
    Check check(request, webhooks, secret);
    Verification result;
    std::set<std::string> seen;
    std::vector<std::string> tried = signed_urls(request, kept.public_url);
    if (!known.public_url.empty())
        std::ranges::move(signed_urls(request, known.public_url), std::back_inserter(tried));
    for (const std::string& url : tried)
        if (seen.insert(url).second)
            result.tried.push_back({url, check.fits(url)});
    const auto fitting = std::find_if(
        result.tried.begin(), result.tried.end(), [](const TriedUrl& one) { return one.matches; });
    if (fitting != result.tried.end()) {
        result.verified = true;
        result.url = fitting->url;
        return result;
    }
    for (const Base& base : bases(request, result.tried, known))
        for (const Variant& variant : variants_of(base)) {
            if (!seen.insert(variant.url).second)
                continue;
            ++result.variants;
            if (result.url.empty() && check.fits(variant.url)) {
                result.url = variant.url;
                result.differs = variant.differs;
            }
        }
    if (!result.url.empty())
        result.public_url = public_url_for(result.url, request, check);
    explain(result, check.is_signed(), kept.is_whole);
    return result;
}

} // namespace smsctl::webhook
