#include "http/client.hpp"

#include "core/text.hpp"
#include "http/easy.hpp"

#include <algorithm>

namespace smsctl::http {

std::string_view header(const Headers& headers, std::string_view name)
{
    const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& one) {
        return text::equal_ignoring_case(one.first, name);
    });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

struct Client::Handle {
    Easy easy;
    Trace trace;
};

Client::Client(std::string user_agent, Trace trace)
    : m_handle(std::make_unique<Handle>(Handle{Easy(std::move(user_agent)), std::move(trace)}))
{
}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result Client::perform(const Request& request)
{
    if (!Easy::is_well_formed(request)) {
        return TransportError{Reached::no, "the request has a line break in its URL or a header"};
    }
    Easy& easy = m_handle->easy;
    Exchange exchange(request, m_handle->trace);
    easy.prepare(exchange);
    const CURLcode code = curl_easy_perform(easy.get());
    Result result = easy.finish(code, exchange);
    easy.forget();
    return result;
}

} // namespace smsctl::http
