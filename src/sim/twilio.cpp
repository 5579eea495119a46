#include "sim/twilio.hpp"

#include "core/text.hpp"
#include "sim/media_content.hpp"
#include "sim/sign_in.hpp"
#include "sim/wire.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smsctl::sim {

namespace {

constexpr std::string_view accounts_root = "/2010-04-01/Accounts/";
constexpr std::string_view v1_root = "/v1/";
constexpr std::string_view suffix = ".json";

bool is_form(const http::ServerRequest& request)
{
    return text::lower(http::header(request.headers, "Content-Type"))
        .starts_with("application/x-www-form-urlencoded");
}

/// Messages/MM…/Media/ME… without a suffix: the content, not the record.
bool is_content(const std::vector<std::string_view>& resource)
{
    return resource.size() == 4 && resource[0] == "Messages" && resource[2] == "Media";
}

} // namespace

Twilio::Twilio(Account& account, Ledger& ledger, Calls& calls, const Alerts& alerts, Clock& clock)
    : m_account(account),
      m_calls(calls),
      m_alerts(alerts),
      m_messages(account, ledger, clock),
      m_numbers(account, clock),
      m_services(account, clock)
{
}

http::ServerResponse Twilio::answer(const http::ServerRequest& request)
{
    const std::string_view target = request.target;
    if (target.starts_with(content_root))
        return m_messages.bytes(request);
    const auto question = target.find('?');
    ApiRequest api;
    api.method = request.method;
    api.base = fmt::format("http://{}", http::header(request.headers, "Host"));
    api.path = target.substr(0, question);
    if (question != std::string_view::npos)
        api.query = http::decode_form(target.substr(question + 1));
    if (is_form(request))
        api.form = http::decode_form(request.body);

    if (!is_signed_in(request, m_account))
        return sim::answer(not_signed_in());
    if (api.path.starts_with(accounts_root))
        return classic(api);
    if (!api.path.starts_with(v1_root))
        return sim::answer(not_found(api.path));
    api.resource = text::split(std::string_view(api.path).substr(v1_root.size()), '/');
    if (api.resource[0] == "Services")
        return m_services.answer(api);
    return api.resource[0] == "Alerts" ? m_alerts.answer(api) : sim::answer(not_found(api.path));
}

/// The 2010 API: below an account, with a suffix that says JSON.
http::ServerResponse Twilio::classic(ApiRequest& request)
{
    std::string_view rest = std::string_view(request.path).substr(accounts_root.size());
    const bool is_record = rest.ends_with(suffix);
    if (is_record)
        rest.remove_suffix(suffix.size());
    request.resource = text::split(rest, '/');
    if (request.resource.front() != m_account.sid())
        return sim::answer(not_found(request.path));
    request.resource.erase(request.resource.begin());
    if (is_record)
        return route(request);
    return is_content(request.resource) ? m_messages.content(request)
                                        : sim::answer(not_found(request.path));
}

http::ServerResponse Twilio::route(const ApiRequest& request)
{
    const auto& at = request.resource;
    if (at.empty())
        return request.reads() ? sim::answer(200, account_json(m_account))
                               : sim::answer(method_not_allowed());
    if (at.size() == 1 && at[0] == "Balance")
        return request.reads() ? sim::answer(200, balance_json(m_account))
                               : sim::answer(method_not_allowed());
    if (at[0] == "Messages")
        return m_messages.answer(request);
    if (at[0] == "IncomingPhoneNumbers")
        return m_numbers.answer(request);
    if (at[0] == "Calls")
        return m_calls.answer(request);
    return sim::answer(not_found(request.path));
}

} // namespace smsctl::sim
