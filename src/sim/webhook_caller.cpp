#include "sim/webhook_caller.hpp"

#include "core/crypto.hpp"
#include "http/url.hpp"
#include "providers/twilio/signature.hpp"

#include <fmt/format.h>

namespace smsctl::sim {

namespace {

constexpr Millis answer_within = std::chrono::seconds(15);
constexpr std::size_t largest_answer = std::size_t{64} << 10U;
constexpr int most_attempts = 2;

} // namespace

http::Request webhook_request(const Webhook& webhook, std::string_view auth_token)
{
    http::Request request;
    request.method = webhook.method;
    request.timeout = answer_within;
    request.max_answer = largest_answer;
    request.url = webhook.url.substr(0, webhook.url.find('#'));
    http::Form signed_form = webhook.form;
    if (webhook.method == "GET") {
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

WebhookCaller::WebhookCaller(std::string auth_token, http::Trace log)
    : m_auth_token(std::move(auth_token)),
      m_log(std::move(log)),
      m_worker([this](const std::stop_token& stop) { work(stop); })
{
}

void WebhookCaller::call(Webhook webhook)
{
    const std::lock_guard lock(m_mutex);
    m_waiting.push_back(std::move(webhook));
    m_changed.notify_all();
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
        Delivery delivery = deliver(webhook, client);
        if (m_log)
            m_log(fmt::format("webhook {} {} to {}: {}",
                              webhook.event,
                              webhook.message_sid,
                              webhook.url,
                              delivery.http_status != 0 ? fmt::to_string(delivery.http_status)
                                                        : delivery.problem));
        lock.lock();
        m_deliveries.push_back(std::move(delivery));
    }
}

Delivery WebhookCaller::deliver(const Webhook& webhook, http::Client& client) const
{
    Delivery delivery{webhook.message_sid, webhook.event, webhook.url, 0, 0, {}};
    const auto url = http::parse_url(webhook.url);
    if (!url || !url->is_loopback()) {
        delivery.problem = "not called: the simulator only calls this machine";
        return delivery;
    }
    const http::Request request = webhook_request(webhook, m_auth_token);
    while (delivery.attempts < most_attempts) {
        ++delivery.attempts;
        const http::Result result = client.perform(request);
        if (const auto* response = std::get_if<http::Response>(&result)) {
            delivery.http_status = response->status;
            return delivery;
        }
        const auto& error = std::get<http::TransportError>(result);
        delivery.problem = error.message;
        if (error.reached != http::Reached::no)
            break;
    }
    return delivery;
}

} // namespace smsctl::sim
