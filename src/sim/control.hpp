#pragma once

#include "http/server.hpp"
#include "sim/account.hpp"
#include "sim/counts.hpp"
#include "sim/faults.hpp"
#include "sim/ledger.hpp"
#include "sim/sim_clock.hpp"
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

/// Answers the paths above. One thread.
class Control {
public:
    Control(Account& account,
            Ledger& ledger,
            Faults& faults,
            SimClock& clock,
            const Traffic& traffic,
            const WebhookCaller& caller)
        : m_account(account),
          m_ledger(ledger),
          m_faults(faults),
          m_clock(clock),
          m_traffic(traffic),
          m_caller(caller)
    {
    }

    static bool is_control(std::string_view target) { return target.starts_with("/sim/"); }
    http::ServerResponse answer(const http::ServerRequest& request,
                                const Surroundings& surroundings);

private:
    http::ServerResponse state() const;
    http::ServerResponse faults() const;
    http::ServerResponse put_forward(const http::Form& form);

    Account& m_account;
    Ledger& m_ledger;
    Faults& m_faults;
    SimClock& m_clock;
    const Traffic& m_traffic;
    const WebhookCaller& m_caller;
};

} // namespace smsctl::sim
