#include "media/route.hpp"

#include "providers/registry.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl::media {

Route::Route(std::string provider, std::optional<http::Url> api_base, http::Url start)
    : m_provider(std::move(provider)), m_api_base(std::move(api_base)), m_here(std::move(start))
{
    const bool is_own = providers::is_own_host(m_provider, m_here);
    if (is_own && m_api_base) {
        std::string base = m_api_base->target;
        while (base.ends_with('/'))
            base.pop_back();
        std::string target = base + m_here.target;
        m_here = *m_api_base;
        m_here.target = std::move(target);
    }
    m_with_credentials = is_own || is_api_base();
}

bool Route::is_api_base() const
{
    return m_api_base && m_here.origin() == m_api_base->origin();
}

bool Route::is_of_api_base() const
{
    return is_api_base() ||
           (m_api_base && m_api_base->is_loopback() && m_here.is_loopback() &&
            m_here.scheme == m_api_base->scheme && m_here.port == m_api_base->port);
}

std::string Route::problem() const
{
    if (m_here.scheme == "https" || is_of_api_base())
        return {};
    return fmt::format("{}: media is fetched over https alone", shown(m_here));
}

http::Reachable Route::reachable() const
{
    return is_of_api_base() ? http::Reachable::anywhere : http::Reachable::public_only;
}

bool Route::follow(std::string_view location)
{
    auto next = http::resolve(m_here, location);
    if (!next)
        return false;
    m_with_credentials = m_with_credentials && next->origin() == m_here.origin();
    m_here = *std::move(next);
    return true;
}

std::string shown(const http::Url& url)
{
    return url.origin() + url.target.substr(0, url.target.find('?'));
}

} // namespace smsctl::media
