#pragma once

#include "commands/session.hpp"
#include "delivery/worker.hpp"
#include "output/progress.hpp"
#include "sms/batch.hpp"
#include "sms/message.hpp"

#include <cstdint>
#include <string>

namespace smsctl {

/// Counts what settles in a run of a batch, and tells people how far it has got: on a terminal, a
/// line with the rate, the time left and how many have which status.
class Tally {
public:
    /// `all`: messages that are to settle.
    Tally(std::int64_t all, Session& session);

    void add(const delivery::Settled& settled);
    /// A message that had settled as `before` is something else now.
    void move(sms::Status before, const sms::Message& message);
    /// Takes the line away.
    void clear() { m_progress.clear(); }

    std::int64_t of(sms::Status status) const;
    std::int64_t settled() const { return m_settled; }
    std::int64_t unrecorded() const { return m_unrecorded; }
    std::int64_t unaddressable() const { return m_unaddressable; }
    /// Of those that settled, what the provider took.
    std::int64_t taken() const;

private:
    std::string line() const;

    std::int64_t m_all;
    const Clock& m_clock;
    Instant m_started_at;
    output::Progress m_progress;
    std::int64_t m_settled = 0;
    std::int64_t m_unrecorded = 0;
    std::int64_t m_unaddressable = 0;
    sms::StatusCounts m_counts;
};

} // namespace smsctl
