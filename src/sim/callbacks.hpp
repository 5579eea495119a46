#pragma once

#include "sim/faults.hpp"
#include "sim/ledger.hpp"
#include "sim/webhook_caller.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace smsctl::sim {

/// Passes callbacks and webhooks on to who makes them, with what goes wrong on the way: lost ones,
/// repeats, delays and those that overtake each other. One thread.
class Callbacks {
public:
    using After = std::function<void(Millis delay, std::function<void()> task)>;

    Callbacks(Faults& faults, WebhookCaller& caller, After after, double speed)
        : m_faults(faults), m_caller(caller), m_after(std::move(after)), m_speed(speed)
    {
    }

    void make(Webhook webhook);

private:
    void make_later(Webhook webhook, Millis delay);
    /// Waits for the next one of its message, or a while when none comes.
    void hold(Webhook webhook);
    void release(const std::string& message_sid);
    Millis scaled(Millis length) const;

    Faults& m_faults;
    WebhookCaller& m_caller;
    After m_after;
    double m_speed;
    std::map<std::string, std::vector<Webhook>> m_held; ///< by message
};

} // namespace smsctl::sim
