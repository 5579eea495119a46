#include "sim/callbacks.hpp"

#include <memory>

namespace smsctl::sim {

namespace {

constexpr Millis longest_hold = std::chrono::seconds(5);

} // namespace

void Callbacks::make(Webhook webhook)
{
    std::optional<Fault> fault;
    if (!m_faults.waiting().empty())
        fault = m_faults.take({FaultScope::callback,
                               http::first(webhook.form, "From"),
                               http::first(webhook.form, "To"),
                               false,
                               1,
                               webhook.event});
    const std::string message_sid = webhook.message_sid;
    if (!fault) {
        m_caller.call(std::move(webhook));
    } else if (fault->kind == FaultKind::lost) {
        m_caller.lose(webhook);
    } else if (fault->kind == FaultKind::delay) {
        make_later(std::move(webhook), scaled(fault->length));
    } else if (fault->kind == FaultKind::reorder) {
        hold(std::move(webhook));
        return; // what is held does not overtake itself
    } else {
        Webhook again = webhook;
        again.answered = nullptr; // an application's replies to it count once
        m_caller.call(std::move(webhook));
        m_caller.call(std::move(again));
    }
    release(message_sid);
}

void Callbacks::make_later(Webhook webhook, Millis delay)
{
    m_after(delay, [this, held = std::make_shared<Webhook>(std::move(webhook))] {
        m_caller.call(std::move(*held));
    });
}

void Callbacks::hold(Webhook webhook)
{
    const std::string message_sid = webhook.message_sid;
    m_held[message_sid].push_back(std::move(webhook));
    m_after(scaled(longest_hold), [this, message_sid] { release(message_sid); });
}

void Callbacks::release(const std::string& message_sid)
{
    if (m_held.empty())
        return;
    auto held = m_held.extract(message_sid);
    if (!held.empty())
        for (Webhook& webhook : held.mapped())
            m_caller.call(std::move(webhook));
}

Millis Callbacks::scaled(Millis length) const
{
    return Millis(static_cast<Millis::rep>(static_cast<double>(length.count()) / m_speed));
}

} // namespace smsctl::sim
