#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <optional>

namespace smsctl::delivery {

/// How many submits may be in flight, and whether any may start now. An account takes so many
/// requests at once and answers 429 to the rest, so the limit is halved by such an answer and grows
/// by one for every full round of good ones.
class Pace {
public:
    explicit Pace(int most) : m_most(most), m_limit(most) {}

    int limit() const { return m_limit; }
    /// Any answer of the provider's but "not sent".
    void answered();
    /// Something was certainly not sent: nothing starts before `until`. What is `in_flight` still
    /// left before anybody knew, and halves nothing again.
    void not_sent(Instant until, std::size_t in_flight);
    /// How many pauses came one after the other with no answer in between.
    int failures_in_a_row() const { return m_failures; }
    std::optional<Instant> paused_until(Instant now) const;

private:
    int m_most;
    int m_limit;
    int m_good = 0;               ///< answers since the limit last changed
    std::size_t m_stragglers = 0; ///< left before the limit was last halved
    int m_failures = 0;
    Instant m_until{};
};

} // namespace smsctl::delivery
