#pragma once

#include "delivery/settled.hpp"

#include <optional>

namespace smsctl::delivery {

/// How many failures end a run: so many, or such a part of what was settled (of 20 at least).
struct FailureLimit {
    int count = 0;
    double percent = 0; ///< counts when `count` is 0
};

/// Counts the messages of a run that were rejected or came to be in doubt.
class FailureCount {
public:
    /// Without `limit` there are never too many.
    explicit FailureCount(std::optional<FailureLimit> limit) : m_limit(limit) {}

    void add(const Settled& settled);
    bool is_too_many() const;

private:
    std::optional<FailureLimit> m_limit;
    int m_settled = 0;
    int m_failed = 0;
};

} // namespace smsctl::delivery
