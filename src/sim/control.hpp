#pragma once

#include "http/server.hpp"
#include "sim/account.hpp"
#include "sim/faults.hpp"
#include "sim/ledger.hpp"
#include "sim/twilio.hpp"
#include "sim/webhook_caller.hpp"

#include <span>
#include <string_view>

namespace smsctl::sim {

/// What a test drives the simulator with; no part of Twilio, and no credentials asked for.
struct ControlPath {
    std::string_view method;
    std::string_view path;
    std::string_view meaning; ///< for help
};
std::span<const ControlPath> control_paths();

/// POST /sim/inbound, POST and GET /sim/faults, GET /sim/state. One thread.
class Control {
public:
    Control(Account& account, Ledger& ledger, Faults& faults, Twilio& twilio, WebhookCaller& caller)
        : m_account(account), m_ledger(ledger), m_faults(faults), m_twilio(twilio), m_caller(caller)
    {
    }

    static bool is_control(std::string_view target) { return target.starts_with("/sim/"); }
    http::ServerResponse answer(const http::ServerRequest& request,
                                const Surroundings& surroundings);

private:
    http::ServerResponse state() const;
    http::ServerResponse faults() const;

    Account& m_account;
    Ledger& m_ledger;
    Faults& m_faults;
    Twilio& m_twilio;
    WebhookCaller& m_caller;
};

} // namespace smsctl::sim
