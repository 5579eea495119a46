#include "webhook/kept_request.hpp"

#include "core/crypto.hpp"
#include "core/text.hpp"
#include "webhook/signed_urls.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace smsctl::webhook {

namespace {

using Json = nlohmann::ordered_json;

/// All that `signed_urls` and the providers' checks read.
constexpr std::array<std::string_view, 5> counting_headers{
    "Host", "Content-Type", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Twilio-Signature"};

/// Whether `content_type` is what a request without one is taken for.
bool is_usual(std::string_view content_type)
{
    return text::trim(content_type.substr(0, content_type.find(';'))) ==
           "application/x-www-form-urlencoded";
}

/// `text` as far as it is kept; what is lost makes `whole` false.
std::string cut(std::string_view text, std::size_t longest, bool& whole)
{
    if (text.size() > longest || !text::is_utf8(text)) {
        whole = false;
        return text::to_utf8(text.substr(0, longest));
    }
    return std::string(text);
}

/// Puts a member behind the others of an object. Written by hand because every webhook waits for
/// it: a tree of nodes takes three times as long.
void append(std::string& json, std::string_view name, std::string_view value)
{
    if (!json.ends_with('{'))
        json += ',';
    json.append("\"").append(name).append("\":");
    const bool is_plain = std::all_of(value.begin(), value.end(), [](char c) {
        return c >= ' ' && c != '"' && c != '\\' && c != '\x7f';
    });
    if (is_plain)
        json.append("\"").append(value).append("\"");
    else
        json += Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string text_of(const Json& object, const char* name)
{
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

} // namespace

KeptRequest keep(const http::ServerRequest& request,
                 std::string_view public_url,
                 std::string_view payload,
                 std::size_t longest)
{
    KeptRequest kept;
    kept.method = request.method;
    kept.target = cut(request.target, longest, kept.is_whole);
    for (const std::string_view name : counting_headers) {
        const std::string_view value = http::header(request.headers, name);
        if (!value.empty() && !(name == "Content-Type" && is_usual(value)))
            kept.headers.emplace_back(name, cut(value, longest, kept.is_whole));
    }
    kept.is_local = is_loopback(request.peer_address);
    kept.over_tls = request.over_tls;
    kept.public_url = public_url;
    if (request.method != "GET" && request.body != payload) {
        if (request.body.size() <= longest)
            kept.body = request.body;
        else
            kept.is_whole = false;
    }
    return kept;
}

std::string encode(const KeptRequest& kept)
{
    std::string json = "{";
    if (kept.method != "POST")
        append(json, "method", kept.method);
    append(json, "target", kept.target);
    json += R"(,"headers":{)";
    for (const auto& [name, value] : kept.headers)
        append(json, name, value);
    json += '}';
    if (kept.is_local)
        json += R"(,"local":true)";
    if (kept.over_tls)
        json += R"(,"tls":true)";
    if (!kept.public_url.empty())
        append(json, "public_url", kept.public_url);
    if (kept.body)
        append(json, "body_base64", crypto::base64(*kept.body));
    if (!kept.is_whole)
        json += R"(,"cut":true)";
    return json + "}";
}

std::optional<KeptRequest> decode(std::string_view text)
{
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("target"))
        return std::nullopt;
    KeptRequest kept;
    if (std::string method = text_of(json, "method"); !method.empty())
        kept.method = std::move(method);
    kept.target = text_of(json, "target");
    if (const auto headers = json.find("headers"); headers != json.end())
        for (const auto& [name, value] : headers->items())
            if (value.is_string())
                kept.headers.emplace_back(name, value.get<std::string>());
    kept.is_local = json.contains("local");
    kept.over_tls = json.contains("tls");
    kept.public_url = text_of(json, "public_url");
    if (json.contains("body_base64"))
        kept.body = crypto::unbase64(text_of(json, "body_base64"));
    kept.is_whole = !json.contains("cut");
    return kept;
}

http::ServerRequest restore(const KeptRequest& kept, std::string_view payload)
{
    http::ServerRequest request;
    request.method = kept.method;
    request.target = kept.target;
    request.headers = kept.headers;
    if (kept.method != "GET")
        request.body = kept.body ? *kept.body : std::string(payload);
    request.over_tls = kept.over_tls;
    request.peer_address = kept.is_local ? "127.0.0.1" : "0.0.0.0";
    return request;
}

} // namespace smsctl::webhook
