#include "delivery/wait.hpp"

#include "core/error.hpp"
#include "store/messages.hpp"
#include "updates/apply.hpp"

#include <algorithm>

namespace smsctl::delivery {

namespace {

constexpr Millis look_every{100}; // in the database: cheap
constexpr Millis first_poll{500}; // at the provider: a request each
constexpr Millis slowest_poll{5000};

bool reached(sms::Status status, sms::Status goal)
{
    return sms::is_final(status) || status == goal || !sms::advance(status, goal);
}

} // namespace

Wait::Wait(store::Scope& scope, providers::Provider& provider, Clock& clock)
    : m_scope(scope), m_provider(provider), m_clock(clock)
{
}

sms::Message Wait::until(std::int64_t message_row,
                         sms::Status goal,
                         std::optional<Instant> deadline,
                         const std::stop_token& stop)
{
    Millis poll_every = first_poll;
    Instant next_poll = m_clock.now() + poll_every;
    while (true) {
        sms::Message message = store::Messages(m_scope).by_row(message_row).value();
        const Instant now = m_clock.now();
        if (reached(message.status, goal) || message.provider_id.empty() ||
            (deadline && now >= *deadline) || stop.stop_requested())
            return message;
        if (now >= next_poll) {
            poll(message);
            poll_every = std::min(poll_every * 2, slowest_poll);
            next_poll = m_clock.now() + poll_every;
            continue;
        }
        Millis pause = look_every;
        if (deadline)
            pause = std::clamp(*deadline - now, Millis(1), pause);
        m_clock.wait(pause, stop);
    }
}

void Wait::poll(const sms::Message& message)
{
    std::optional<providers::RemoteMessage> remote;
    try {
        remote = m_provider.fetch(message.provider_id);
    } catch (const Error& error) {
        // The message is safe with the provider; a poll that fails is only a poll to repeat.
        if (error.exit() != Exit::unavailable)
            throw;
    }
    if (!remote)
        return;
    store::Transaction transaction = m_scope.begin();
    updates::Updates(m_scope, m_clock).apply(*remote, sms::EventSource::poll);
    transaction.commit();
}

} // namespace smsctl::delivery
