#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <optional>

namespace smsctl::delivery {

/// How many submits may be in flight, and whether any may start now. An account takes so many
/// requests at once and answers 429 to the rest, so the limit is halved by such an answer and grows
/// by one for every full round of good ones, but not while the account as a whole, with all who use
/// it, would then run as many requests as when it refused one.
class Pace {
public:
    explicit Pace(int most) : m_most(most), m_limit(most) {}

    int limit() const { return m_limit; }
    /// Any answer of the provider's but "not sent", and how many requests of the account ran then.
    void answered(std::optional<int> account_in_flight = {});
    /// Something was certainly not sent: nothing starts before `until`. What is `in_flight` still
    /// left before anybody knew, and halves nothing again.
    void not_sent(Instant until, std::size_t in_flight, std::optional<int> account_in_flight = {});
    /// How many pauses came one after the other with no answer in between.
    int failures_in_a_row() const { return m_failures; }
    std::optional<Instant> paused_until(Instant now) const;

private:
    void begin_round();

    int m_most;
    int m_limit;
    int m_good = 0;               ///< answers in this round
    std::size_t m_stragglers = 0; ///< left before the limit was last halved
    int m_failures = 0;
    int m_most_at_once = 0;          ///< of the account's requests, in this round
    std::optional<int> m_refused_at; ///< the fewest of the account's at which it refused one
    Instant m_until{};
};

} // namespace smsctl::delivery
