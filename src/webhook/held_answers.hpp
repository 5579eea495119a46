#pragma once

#include "core/clock.hpp"
#include "http/server.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>

namespace smsctl::webhook {

/// Answers to the provider that wait for the application's own, each for a limited time; its turn
/// over, the provider is told that the webhook was taken and nothing more. For one thread.
class HeldAnswers {
public:
    /// `most` of them are held at once; one more lets the longest held go.
    HeldAnswers(Millis within, std::size_t most) : m_within(within), m_most(most) {}

    /// `otherwise` is what the provider is told when the application says nothing.
    void hold(std::int64_t event_seq, http::Responder respond, http::ServerResponse otherwise);
    /// Passes the application's answer on, if the provider still waits for it.
    void answer(std::int64_t event_seq, http::ServerResponse response);
    /// Does without the application unless it may still answer `pause` from now.
    void give_up_unless_within(std::int64_t event_seq, Millis pause);
    void give_up(std::int64_t event_seq);
    /// Gives up all but those that `keep` holds for.
    void give_up_unless(const std::function<bool(std::int64_t event_seq)>& keep);
    /// Gives up those whose time is over.
    void give_up_overdue();
    /// How long the next one may wait; nothing when none is held.
    std::optional<Millis> next() const;

private:
    using Monotonic = std::chrono::steady_clock;
    struct Held {
        http::Responder respond;
        http::ServerResponse otherwise;
        Monotonic::time_point until;
    };

    Millis m_within;
    std::size_t m_most;
    std::map<std::int64_t, Held> m_held; ///< by event, so the longest held stands first
};

} // namespace smsctl::webhook
