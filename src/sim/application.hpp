#pragma once

#include "http/form.hpp"
#include "sim/account.hpp"
#include "sim/alerts.hpp"
#include "sim/ledger.hpp"
#include "sim/twiml.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace smsctl::sim {

/// Where an application is asked about an inbound message.
struct WebhookTarget {
    std::string url;
    std::string method = "POST";
    std::string fallback_url;
    std::string fallback_method = "POST";
};

/// The application behind a number: asks it about an inbound message and does what it answers, be
/// that TwiML, a plain text or nothing; asks at the fallback URL when it fails, and keeps alerts.
/// One thread.
class Application {
public:
    Application(Account& account, Ledger& ledger, Alerts& alerts, const Surroundings& surroundings)
        : m_account(account), m_ledger(ledger), m_alerts(alerts), m_surroundings(surroundings)
    {
    }

    /// `form` is what the webhook says. `inbound` must outlive the application's answers.
    void ask(const Message& inbound, const WebhookTarget& target, http::Form form);

private:
    /// What came of one inbound message.
    struct Exchange {
        const Message& inbound;
        WebhookTarget target;
        http::Form form;
        bool is_on_fallback = false;
        int replies = 0;
        int redirects = 0;
    };
    using Shared = std::shared_ptr<Exchange>;

    void call(const Shared& exchange,
              const std::string& url,
              const std::string& method,
              const http::Form& form);
    void take(const Shared& exchange, const std::string& method, const WebhookAnswer& answer);
    void carry_out(const Shared& exchange, const std::string& method, const WebhookAnswer& answer);
    /// Says so in the log, and asks at the fallback URL.
    void fail(const Shared& exchange, Alert alert);
    void redirect(const Shared& exchange, const TwimlRedirect& verb, const std::string& base);
    void reply(const Shared& exchange, const TwimlMessage& verb, const std::string& base);
    /// Tells the verb's action what became of the reply, and does what that answers.
    void tell(const Shared& exchange,
              const TwimlMessage& verb,
              const std::string& base,
              const Message& sent);
    bool is_a_loop(const std::string& from, const std::string& to);
    void
    warn(const Exchange& exchange, int code, const std::string& message, const std::string& url);

    Account& m_account;
    Ledger& m_ledger;
    Alerts& m_alerts;
    const Surroundings& m_surroundings;
    std::map<std::pair<std::string, std::string>, std::deque<Instant>> m_recent; ///< replies
};

} // namespace smsctl::sim
