#include "sim/webhook_caller.hpp"

#include "core/crypto.hpp"
#include "http/url.hpp"
#include "providers/twilio/signature.hpp"
#include "sim/link.hpp"
#include "sim/overrides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace smsctl::sim {

namespace {

constexpr Millis answer_within = std::chrono::seconds(15);
constexpr std::size_t largest_read = std::size_t{1} << 20U;
constexpr std::size_t largest_kept = std::size_t{4} << 10U;
constexpr int most_redirects = 10;

bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 307 || status == 308;
}

/// Whether the same webhook is tried again after this.
bool is_worth_retrying(const WebhookAnswer& answer, const ConnectionOverrides& overrides)
{
    if (!answer.reached)
        return overrides.retries_connect;
    if (answer.status == 0)
        return overrides.retries_timeout;
    return (overrides.retries_4xx && answer.status / 100 == 4) ||
           (overrides.retries_5xx && answer.status / 100 == 5);
}

/// Where the answer sends the request on to; false when nowhere. A POST becomes a GET without its
/// fields unless the status forbids that.
bool follow(const http::Response& response, Webhook& webhook)
{
    const auto next = link(webhook.url, http::header(response.headers, "Location"));
    if (!next)
        return false;
    webhook.url = *next;
    if (response.status < 307) {
        webhook.method = "GET";
        webhook.form.clear();
    }
    return true;
}

} // namespace

http::Request webhook_request(const Webhook& webhook, std::string_view auth_token)
{
    http::Request request;
    request.method = webhook.method;
    request.timeout = answer_within;
    request.max_answer = largest_read;
    request.url = webhook.url.substr(0, webhook.url.find('#'));
    http::Form signed_form = webhook.form;
    if (webhook.method == "GET") {
        if (!webhook.form.empty())
            request.url += request.url.find('?') == std::string::npos ? '?' : '&';
        request.url += http::encode_form(webhook.form);
        signed_form.clear();
    } else {
        request.body = http::encode_form(webhook.form);
        request.headers.emplace_back("Content-Type",
                                     "application/x-www-form-urlencoded; charset=UTF-8");
    }
    request.headers.emplace_back("X-Twilio-Signature",
                                 providers::twilio::sign(request.url, signed_form, auth_token));
    request.headers.emplace_back("Accept", "*/*");
    request.headers.emplace_back("I-Twilio-Idempotency-Token",
                                 crypto::hex(crypto::random_bytes(16)));
    return request;
}

WebhookCaller::WebhookCaller(std::string auth_token, http::Trace log, Post post)
    : m_auth_token(std::move(auth_token)),
      m_log(std::move(log)),
      m_post(std::move(post)),
      m_worker([this](const std::stop_token& stop) { work(stop); })
{
}

void WebhookCaller::call(Webhook webhook)
{
    const std::lock_guard lock(m_mutex);
    m_waiting.push_back(std::move(webhook));
    m_changed.notify_all();
}

void WebhookCaller::lose(const Webhook& webhook)
{
    Delivery delivery;
    delivery.message_sid = webhook.message_sid;
    delivery.event = webhook.event;
    delivery.url = webhook.url;
    delivery.problem = "lost";
    const std::lock_guard lock(m_mutex);
    m_deliveries.push_back(std::move(delivery));
}

std::vector<Delivery> WebhookCaller::deliveries() const
{
    const std::lock_guard lock(m_mutex);
    return m_deliveries;
}

void WebhookCaller::work(const std::stop_token& stop)
{
    http::Client client("TwilioProxy/1.1");
    std::unique_lock lock(m_mutex);
    while (m_changed.wait(lock, stop, [this] { return !m_waiting.empty(); })) {
        const Webhook webhook = std::move(m_waiting.front());
        m_waiting.pop_front();
        lock.unlock();
        WebhookAnswer answer;
        Delivery delivery = deliver(webhook, client, answer);
        if (m_log)
            m_log(fmt::format("webhook {} {} to {}: {}",
                              webhook.event,
                              webhook.message_sid,
                              webhook.url,
                              delivery.http_status != 0 ? fmt::to_string(delivery.http_status)
                                                        : delivery.problem));
        lock.lock();
        m_deliveries.push_back(std::move(delivery));
        if (webhook.answered)
            m_post([answered = webhook.answered, answer = std::move(answer)] { answered(answer); });
    }
}

Delivery
WebhookCaller::deliver(const Webhook& webhook, http::Client& client, WebhookAnswer& answer) const
{
    Delivery delivery;
    delivery.message_sid = webhook.message_sid;
    delivery.event = webhook.event;
    delivery.url = webhook.url;
    const auto url = http::parse_url(webhook.url);
    if (!url || !url->is_loopback()) {
        delivery.problem = "not called: the simulator only calls this machine";
        answer.reached = false;
        answer.url = webhook.url;
        answer.problem = delivery.problem;
        return delivery;
    }
    const ConnectionOverrides overrides = connection_overrides(webhook.url);
    const Deadline until = std::chrono::steady_clock::now() + overrides.total;
    do {
        ++delivery.attempts;
        answer =
            try_once(webhook, std::min(until, Deadline::clock::now() + overrides.read), client);
    } while (is_worth_retrying(answer, overrides) && delivery.attempts <= overrides.retries &&
             Deadline::clock::now() < until);
    delivery.http_status = answer.status;
    delivery.content_type = answer.content_type;
    delivery.answer = answer.body.substr(0, largest_kept);
    delivery.problem = answer.problem;
    return delivery;
}

WebhookAnswer
WebhookCaller::try_once(const Webhook& webhook, Deadline until, http::Client& client) const
{
    Webhook hop{webhook.message_sid, webhook.event, webhook.url, webhook.method, webhook.form};
    WebhookAnswer answer;
    for (int redirects = 0;; ++redirects) {
        answer.url = hop.url;
        const auto url = http::parse_url(hop.url);
        if (!url || !url->is_loopback() || redirects > most_redirects) {
            answer.problem =
                redirects > most_redirects ? "too many redirects" : "redirected off this machine";
            return answer;
        }
        http::Request request = webhook_request(hop, m_auth_token);
        request.timeout =
            std::max(Millis(1), std::chrono::duration_cast<Millis>(until - Deadline::clock::now()));
        http::Result result = client.perform(request);
        if (const auto* error = std::get_if<http::TransportError>(&result)) {
            answer.reached = error->reached != http::Reached::no;
            answer.problem = error->message;
            return answer;
        }
        auto& response = std::get<http::Response>(result);
        if (!is_redirect(response.status) || !follow(response, hop)) {
            answer.status = response.status;
            answer.content_type = http::header(response.headers, "Content-Type");
            answer.body = std::move(response.body);
            return answer;
        }
    }
}

} // namespace smsctl::sim
