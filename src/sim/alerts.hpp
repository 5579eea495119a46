#pragma once

#include "sim/account.hpp"
#include "sim/api_request.hpp"

#include <nlohmann/json_fwd.hpp>

#include <deque>
#include <string>
#include <string_view>

namespace smsctl::sim {

/// What went wrong with an application.
struct Alert {
    std::string sid;
    int code = 0;
    std::string_view level = "error"; ///< "error" or "warning"
    std::string message;
    std::string resource_sid; ///< the message that it is about
    std::string method;
    std::string url;
    int http_status = 0; ///< what the application answered; 0: nothing
    std::string response_body;
    Instant at;
};

/// The log of an account's errors (monitor.twilio.com/v1/Alerts). One thread.
class Alerts {
public:
    Alerts(Account& account, Clock& clock) : m_account(account), m_clock(clock) {}

    /// Keeps it; gives it its SID and time.
    void add(Alert alert);
    const std::deque<Alert>& all() const { return m_alerts; }
    /// `request.resource` begins with "Alerts".
    http::ServerResponse answer(const ApiRequest& request) const;
    nlohmann::ordered_json json(const Alert& alert, const std::string& base) const;

private:
    http::ServerResponse list(const ApiRequest& request) const;

    Account& m_account;
    Clock& m_clock;
    std::deque<Alert> m_alerts; ///< oldest first
};

} // namespace smsctl::sim
