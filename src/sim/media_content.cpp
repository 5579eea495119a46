#include "sim/media_content.hpp"

#include "core/crypto.hpp"
#include "core/text.hpp"
#include "http/form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smsctl::sim {

namespace {

constexpr std::chrono::hours lives_for{4};
constexpr std::string_view data_scheme = "data:";

struct Sample {
    std::string_view ending;
    std::string_view content_type;
    std::string_view base64; ///< a whole file, as small as the format allows
};

constexpr std::string_view png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg==";
constexpr std::string_view gif = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
constexpr std::string_view jpeg =
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAA"
    "AAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z";
constexpr std::string_view mp4 = "AAAAGGZ0eXBpc29tAAACAGlzb21pc28y"; // a file type box alone
constexpr std::string_view pdf = "JVBERi0xLjEKJSVFT0YK";
constexpr std::string_view vcard =
    "QkVHSU46VkNBUkQNClZFUlNJT046My4wDQpGTjpBbm4NCk46QW5uOzs7Ow0KRU5EOlZDQVJEDQo=";
constexpr std::string_view plain = "aGVsbG8K";

constexpr std::array<Sample, 8> samples{{
    {".png", "image/png", png},
    {".gif", "image/gif", gif},
    {".jpg", "image/jpeg", jpeg},
    {".jpeg", "image/jpeg", jpeg},
    {".mp4", "video/mp4", mp4},
    {".pdf", "application/pdf", pdf},
    {".vcf", "text/vcard", vcard},
    {".txt", "text/plain", plain},
}};

/// By its ending; Twilio would ask the server behind the URL.
const Sample& sample_for(std::string_view url)
{
    const std::string path = text::lower(url.substr(0, url.find_first_of("?#")));
    const auto* found = std::find_if(samples.begin(), samples.end(), [&](const Sample& row) {
        return path.ends_with(row.ending);
    });
    return found == samples.end() ? samples[2] : *found;
}

/// "data:image/png;base64,…" without its scheme, split at the comma.
std::pair<std::string_view, std::string_view> data_parts(std::string_view url)
{
    url.remove_prefix(data_scheme.size());
    const auto comma = url.find(',');
    if (comma == std::string_view::npos)
        return {url, {}};
    return {url.substr(0, comma), url.substr(comma + 1)};
}

std::string signature(std::string_view sid, std::string_view expires, std::string_view auth_token)
{
    return crypto::hex(crypto::hmac_sha1(auth_token, fmt::format("{}\n{}", sid, expires)));
}

ContentVerdict refuse(int status, std::string_view code, std::string_view message)
{
    ContentVerdict verdict;
    verdict.refusal.status = status;
    verdict.refusal.headers.emplace_back("Content-Type", "application/xml");
    verdict.refusal.body = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}"
                                       "</Code><Message>{}</Message></Error>\n",
                                       code,
                                       message);
    return verdict;
}

} // namespace

std::string media_type(std::string_view url)
{
    if (!url.starts_with(data_scheme))
        return std::string(sample_for(url).content_type);
    const std::string_view head = data_parts(url).first;
    const std::string_view type = head.substr(0, head.find(';'));
    return type.empty() ? "text/plain" : std::string(type);
}

MediaFile media_file(std::string_view url)
{
    if (!url.starts_with(data_scheme))
        return {media_type(url), crypto::unbase64(sample_for(url).base64).value_or("")};
    const auto [head, data] = data_parts(url);
    return {media_type(url),
            head.ends_with(";base64") ? crypto::unbase64(data).value_or("") : std::string(data)};
}

std::string
content_url(std::string_view host, std::string_view name, std::string_view auth_token, Instant now)
{
    const auto colon = host.rfind(':');
    const std::string_view port = colon == std::string_view::npos ? "" : host.substr(colon);
    const std::string expires = fmt::to_string(
        std::chrono::duration_cast<std::chrono::seconds>((now + lives_for).time_since_epoch())
            .count());
    return fmt::format("http://{}{}{}{}?Expires={}&Signature={}",
                       host.starts_with("localhost") ? "127.0.0.1" : "localhost",
                       port,
                       content_root,
                       name,
                       expires,
                       signature(name, expires, auth_token));
}

ContentVerdict
judge_content(const http::ServerRequest& request, std::string_view auth_token, Instant now)
{
    if (!http::header(request.headers, "Authorization").empty())
        return refuse(400, "InvalidArgument", "Only one auth mechanism allowed");
    const std::string_view target = request.target;
    const auto question = std::min(target.find('?'), target.size());
    const std::string_view sid = target.substr(0, question).substr(content_root.size());
    const http::Form query =
        http::decode_form(target.substr(std::min(question + 1, target.size())));
    const std::string_view expires = http::first(query, "Expires");
    const auto until = text::to_integer(expires);
    if (!until || !crypto::equal_in_constant_time(http::first(query, "Signature"),
                                                  signature(sid, expires, auth_token)))
        return refuse(403, "SignatureDoesNotMatch", "The request signature does not match");
    if (now.time_since_epoch() >= std::chrono::seconds(*until))
        return refuse(403, "AccessDenied", "Request has expired");
    return {std::string(sid), {}};
}

} // namespace smsctl::sim
