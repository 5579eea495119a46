#include "sim/application.hpp"

#include "core/text.hpp"
#include "sim/create.hpp"
#include "sim/link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smsctl::sim {

namespace {

constexpr std::size_t largest_answer = std::size_t{64} << 10U;
constexpr int most_replies = 10;
constexpr int most_redirects = 10;
constexpr std::size_t most_in_a_loop = 30;
constexpr std::chrono::seconds loop_window{30};

/// "text/xml; charset=utf-8" is "text/xml".
std::string media_type(const std::string& content_type)
{
    return text::lower(
        text::trim(std::string_view(content_type).substr(0, content_type.find(';'))));
}

bool is_xml(const std::string& type)
{
    return type == "text/xml" || type == "application/xml" || type == "text/html";
}

/// Why there is nothing to be carried out; 0 when the answer can be looked at.
std::pair<int, std::string> what_is_wrong(const WebhookAnswer& answer)
{
    if (answer.status == 0)
        return {answer.reached ? 11200 : 11205, answer.problem};
    if (answer.status / 100 != 2)
        return {11200, fmt::format("Got HTTP {} response", answer.status)};
    if (answer.body.size() > largest_answer)
        return {11750, "TwiML response body too large"};
    return {0, {}};
}

/// What the log calls the reason to refuse a reply.
int reply_error(int code)
{
    constexpr std::array<int, 8> about_to{21604, 21211, 21614, 21265, 21266, 21612, 21408, 21608};
    constexpr std::array<int, 5> about_from{21212, 21606, 21603, 21659, 63007};
    constexpr std::array<int, 5> about_body{21602, 21617, 21619, 21620, 21623};
    const auto has = [code](const auto& codes) {
        return std::find(codes.begin(), codes.end(), code) != codes.end();
    };
    if (has(about_to))
        return 14101;
    if (has(about_from))
        return 14102;
    return has(about_body) ? 14103 : code;
}

} // namespace

void Application::ask(const Message& inbound, const WebhookTarget& target, http::Form form)
{
    const auto exchange = std::make_shared<Exchange>(Exchange{inbound, target, std::move(form)});
    call(exchange, target.url, target.method, exchange->form);
}

void Application::call(const Shared& exchange,
                       const std::string& url,
                       const std::string& method,
                       const http::Form& form)
{
    m_surroundings.call({exchange->inbound.sid,
                         "inbound",
                         url,
                         method,
                         form,
                         [this, exchange, method](const WebhookAnswer& answer) {
                             take(exchange, method, answer);
                         }});
}

void Application::take(const Shared& exchange,
                       const std::string& method,
                       const WebhookAnswer& answer)
{
    Alert alert;
    alert.url = answer.url;
    alert.method = method;
    alert.http_status = answer.status;
    alert.response_body = answer.body.substr(0, largest_answer);
    const std::string type = media_type(answer.content_type);
    std::tie(alert.code, alert.message) = what_is_wrong(answer);
    if (alert.code == 0 && !answer.body.empty() && !is_xml(type) && type != "text/plain") {
        alert.code = 12300;
        alert.message = fmt::format("Content type '{}' is not supported", answer.content_type);
    }
    if (alert.code != 0) {
        fail(exchange, std::move(alert));
        return;
    }
    if (answer.body.empty())
        return;
    if (type == "text/plain") {
        TwimlMessage whole;
        whole.body = answer.body;
        reply(exchange, whole, answer.url);
        return;
    }
    carry_out(exchange, method, answer);
}

void Application::carry_out(const Shared& exchange,
                            const std::string& method,
                            const WebhookAnswer& answer)
{
    const Twiml twiml = parse_twiml(answer.body);
    if (twiml.error != 0) {
        Alert alert;
        alert.code = twiml.error;
        alert.message = twiml.problem;
        alert.url = answer.url;
        alert.method = method;
        alert.http_status = answer.status;
        alert.response_body = answer.body;
        fail(exchange, std::move(alert));
        return;
    }
    for (const std::string& element : twiml.unknown)
        warn(*exchange, 12200, fmt::format("Unknown element {}", element), answer.url);
    for (const TwimlVerb& verb : twiml.verbs) {
        if (const auto* next = std::get_if<TwimlRedirect>(&verb)) {
            redirect(exchange, *next, answer.url);
            return; // what follows it is not executed
        }
        reply(exchange, std::get<TwimlMessage>(verb), answer.url);
    }
}

void Application::fail(const Shared& exchange, Alert alert)
{
    alert.resource_sid = exchange->inbound.sid;
    const int code = alert.code;
    const std::string url = alert.url;
    m_alerts.add(std::move(alert));
    if (exchange->is_on_fallback || exchange->target.fallback_url.empty())
        return;
    exchange->is_on_fallback = true;
    http::Form form = exchange->form;
    form.emplace_back("ErrorCode", fmt::to_string(code));
    form.emplace_back("ErrorUrl", url);
    call(exchange, exchange->target.fallback_url, exchange->target.fallback_method, form);
}

void Application::redirect(const Shared& exchange,
                           const TwimlRedirect& verb,
                           const std::string& base)
{
    const auto url = verb.url.empty() ? std::optional(base) : link(base, verb.url);
    if (!url)
        warn(*exchange, 11100, fmt::format("Invalid URL format: {}", verb.url), base);
    else if (++exchange->redirects > most_redirects)
        warn(*exchange, 14106, "Too many redirects", base);
    else
        call(exchange, *url, verb.method, exchange->form);
}

void Application::reply(const Shared& exchange, const TwimlMessage& verb, const std::string& base)
{
    const Message& inbound = exchange->inbound;
    if (++exchange->replies > most_replies) {
        warn(*exchange, 14109, "More than 10 replies to one message", base);
        return;
    }
    http::Form form{{"To", verb.to.empty() ? inbound.from : verb.to},
                    {"From", verb.from.empty() ? inbound.to : verb.from},
                    {"Body", verb.body}};
    for (const std::string& media : verb.media)
        form.emplace_back("MediaUrl", link(base, media).value_or(media));
    if (verb.action.empty() && !verb.status_callback.empty())
        form.emplace_back("StatusCallback",
                          link(base, verb.status_callback).value_or(verb.status_callback));
    if (is_a_loop(form[1].second, form[0].second)) {
        warn(*exchange, 14107, "Too many replies between two numbers", base);
        return;
    }
    auto made = create_message(form, m_account, m_surroundings.clock.now());
    if (const auto* problem = std::get_if<Problem>(&made)) {
        warn(*exchange, reply_error(problem->code), problem->message, base);
        return;
    }
    auto& message = std::get<Message>(made);
    message.direction = "outbound-reply";
    const Message& sent = m_ledger.add(std::move(message));
    if (!verb.action.empty())
        tell(exchange, verb, base, sent);
}

void Application::tell(const Shared& exchange,
                       const TwimlMessage& verb,
                       const std::string& base,
                       const Message& sent)
{
    const auto url = link(base, verb.action);
    if (!url) {
        warn(*exchange, 11100, fmt::format("Invalid URL format: {}", verb.action), base);
        return;
    }
    call(exchange,
         *url,
         verb.method,
         {{"MessageSid", sent.sid},
          {"SmsSid", sent.sid},
          {"MessageStatus", sent.status},
          {"SmsStatus", sent.status},
          {"AccountSid", m_account.sid()},
          {"From", sent.from},
          {"To", sent.to},
          {"ApiVersion", "2010-04-01"}});
}

bool Application::is_a_loop(const std::string& from, const std::string& to)
{
    const Instant now = m_surroundings.clock.now();
    std::deque<Instant>& recent = m_recent[{from, to}];
    while (!recent.empty() && recent.front() + loop_window <= now)
        recent.pop_front();
    if (recent.size() >= most_in_a_loop)
        return true;
    recent.push_back(now);
    return false;
}

void Application::warn(const Exchange& exchange,
                       int code,
                       const std::string& message,
                       const std::string& url)
{
    Alert alert;
    alert.code = code;
    alert.level = code == 12200 ? "warning" : "error";
    alert.message = message;
    alert.resource_sid = exchange.inbound.sid;
    alert.url = url;
    m_alerts.add(std::move(alert));
}

} // namespace smsctl::sim
