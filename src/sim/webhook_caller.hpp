#pragma once

#include "http/client.hpp"
#include "sim/ledger.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace smsctl::sim {

/// What became of one webhook.
struct Delivery {
    std::string message_sid;
    std::string event;
    std::string url;
    int attempts = 0;
    int http_status = 0; ///< 0: no answer
    std::string content_type;
    std::string answer;  ///< its first 4 KiB
    std::string problem; ///< why there was none, or why it was not called
};

/// Calls webhooks as Twilio does: signed, the fragment left out but heeded, 15 s at most, once more
/// when the connection could not be made, redirects followed. A thread of its own, one call after
/// the other. Never calls another host than this machine.
class WebhookCaller {
public:
    /// Brings a task to the thread of whoever asked for the call.
    using Post = std::function<void(std::function<void()> task)>;

    WebhookCaller(std::string auth_token, http::Trace log, Post post);

    void call(Webhook webhook);
    /// Keeps a record of one that is never made.
    void lose(const Webhook& webhook);
    std::vector<Delivery> deliveries() const;

private:
    using Deadline = std::chrono::steady_clock::time_point;

    void work(const std::stop_token& stop);
    Delivery deliver(const Webhook& webhook, http::Client& client, WebhookAnswer& answer) const;
    /// One request and those it is redirected to.
    WebhookAnswer try_once(const Webhook& webhook, Deadline until, http::Client& client) const;

    std::string m_auth_token;
    http::Trace m_log;
    Post m_post;
    mutable std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<Webhook> m_waiting;
    std::vector<Delivery> m_deliveries;
    std::jthread m_worker;
};

/// The request for a webhook, signed with `auth_token`.
http::Request webhook_request(const Webhook& webhook, std::string_view auth_token);

} // namespace smsctl::sim
