#include "media/downloader.hpp"

#include "media/file_type.hpp"
#include "media/route.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl::media {

namespace {

constexpr int most_redirects = 5;

Error blocked(const std::string& why)
{
    return {Exit::blocked, "media.blocked", why};
}

bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Error error_of(const http::TransportError& error, const http::Url& url)
{
    if (error.by_us)
        return blocked(fmt::format("{}: {}", shown(url), error.message));
    return {
        Exit::unavailable, "media.unavailable", fmt::format("{}: {}", shown(url), error.message)};
}

Error error_of(int status, const http::Url& url)
{
    const std::string message = fmt::format("{} answered {}", shown(url), status);
    if (status == 401 || status == 403)
        return {Exit::auth, "auth.media", message};
    if (status == 404 || status == 410)
        return {Exit::not_found, "not_found.media", message};
    if (status == 429 || status >= 500)
        return {Exit::unavailable, "media.unavailable", message};
    return {Exit::rejected, "media.refused", message};
}

std::variant<Content, Error> take(http::Response response, const sms::Media& media)
{
    const std::string said = bare_type(media.content_type);
    std::string type = bare_type(http::header(response.headers, "Content-Type"));
    if (type.empty())
        return blocked("the answer does not say what it is");
    if (type != said && !is_safe(type))
        return blocked(fmt::format(
            "it is {} instead of {}", type, said.empty() ? "a picture or the like" : said));
    return Content{std::move(response.body), std::move(type)};
}

} // namespace

Downloader::Downloader(DownloadRules rules, http::Trace trace)
    : m_rules(std::move(rules)), m_client("smsctl", std::move(trace))
{
}

http::Request Downloader::request_to(const Route& route) const
{
    http::Request request;
    // Without user info, which would be credentials of a stranger's choice.
    request.url = route.here().origin() + route.here().target;
    request.headers = {{"Accept", "*/*"}};
    request.timeout = m_rules.timeout;
    request.max_answer = m_rules.longest;
    request.reachable = route.reachable();
    if (route.with_credentials())
        request.auth = m_rules.auth;
    return request;
}

std::variant<Content, Error> Downloader::fetch(const sms::Media& media)
{
    const auto start = http::parse_url(media.url);
    if (!start)
        return blocked("its address is no http or https URL");
    Route route(m_rules.provider, http::parse_url(m_rules.api_base), *start);
    for (int redirects = 0; redirects <= most_redirects; ++redirects) {
        if (const std::string problem = route.problem(); !problem.empty())
            return blocked(problem);
        http::Result result = m_client.perform(request_to(route));
        if (const auto* error = std::get_if<http::TransportError>(&result))
            return error_of(*error, route.here());
        auto& response = std::get<http::Response>(result);
        if (response.status >= 200 && response.status < 300)
            return take(std::move(response), media);
        if (!is_redirect(response.status))
            return error_of(response.status, route.here());
        if (!route.follow(http::header(response.headers, "Location")))
            return blocked(fmt::format("{} redirects to nowhere", shown(route.here())));
    }
    return blocked(fmt::format("more than {} redirects", most_redirects));
}

} // namespace smsctl::media
