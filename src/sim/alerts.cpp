#include "sim/alerts.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"
#include "sim/filters.hpp"
#include "sim/wire.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

namespace {

/// As the real log has it: a form.
std::string alert_text(const Alert& alert)
{
    http::Form form{{"Msg", alert.message},
                    {"sourceComponent", "14100"},
                    {"ErrorCode", fmt::to_string(alert.code)}};
    if (alert.http_status != 0)
        form.emplace_back("httpResponse", fmt::to_string(alert.http_status));
    form.emplace_back("url", alert.url);
    form.emplace_back("LogLevel", text::upper(alert.level));
    return http::encode_form(form);
}

} // namespace

void Alerts::add(Alert alert)
{
    alert.sid = m_account.sids().next("NO");
    alert.at = m_clock.now();
    m_alerts.push_back(std::move(alert));
}

http::ServerResponse Alerts::answer(const ApiRequest& request) const
{
    if (request.resource.size() > 2)
        return sim::answer(not_found(request.path));
    if (!request.reads())
        return sim::answer(method_not_allowed());
    if (request.resource.size() == 1)
        return list(request);
    const auto found = std::find_if(m_alerts.begin(), m_alerts.end(), [&](const Alert& each) {
        return each.sid == request.resource[1];
    });
    if (found == m_alerts.end())
        return sim::answer(not_found(request.path));
    Json body = json(*found, request.base);
    body["request_variables"] = "";
    body["request_headers"] = "";
    body["response_headers"] = "";
    body["response_body"] = found->response_body;
    return sim::answer(200, body);
}

http::ServerResponse Alerts::list(const ApiRequest& request) const
{
    http::Form bounds;
    for (const auto& [name, comparison] : {std::pair{"StartDate", ">"}, std::pair{"EndDate", "<"}})
        bounds.emplace_back(fmt::format("Date{}", comparison), http::first(request.query, name));
    const auto dates = DateRange::read(bounds, "Date");
    if (const auto* problem = std::get_if<Problem>(&dates))
        return sim::answer(*problem);
    const std::string_view level = http::first(request.query, "LogLevel");
    std::vector<const Alert*> found;
    // NOLINTNEXTLINE(modernize-loop-convert): backwards, and C++20 views cost more to compile
    for (auto alert = m_alerts.rbegin(); alert != m_alerts.rend(); ++alert)
        if ((level.empty() || alert->level == level) && std::get<DateRange>(dates).holds(alert->at))
            found.push_back(&*alert);
    return answer_page(
        request, "alerts", found, [&](const Alert& each) { return json(each, request.base); });
}

Json Alerts::json(const Alert& alert, const std::string& base) const
{
    const std::string at = iso_date(alert.at);
    return {{"sid", alert.sid},
            {"account_sid", m_account.sid()},
            {"alert_text", alert_text(alert)},
            {"api_version", "2010-04-01"},
            {"date_created", at},
            {"date_generated", at},
            {"date_updated", at},
            {"error_code", fmt::to_string(alert.code)},
            {"log_level", alert.level},
            {"more_info", fmt::format("https://www.twilio.com/docs/errors/{}", alert.code)},
            {"request_method", alert.method},
            {"request_url", alert.url},
            {"resource_sid", alert.resource_sid},
            {"service_sid", nullptr},
            {"url", fmt::format("{}/v1/Alerts/{}", base, alert.sid)}};
}

} // namespace smsctl::sim
