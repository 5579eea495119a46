#pragma once

#include "core/clock.hpp"
#include "reconcile/planner.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace smsctl::reconcile {

/// The messages that the provider is asked about, by row; a few bytes each, since there may be a
/// million of them.
class Wanted {
public:
    /// `at`: when the provider is thought to have dated it; `asked_at`: when it was asked about
    /// last, if ever.
    void add(std::int64_t row, Instant at, std::optional<Instant> asked_at = {});
    /// After the last `add`.
    void seal();

    /// The provider has answered; false when the row is none of these, or was answered before.
    bool answered(std::int64_t row);
    std::size_t size() const { return m_all.size(); }
    std::size_t left() const { return m_left; }
    /// Those of a span that are still to be answered.
    std::size_t left_in(const Span& span) const;
    /// Dates of those that are left, oldest first.
    std::vector<Instant> dates_left() const;
    /// The same in a span alone.
    std::vector<Instant> dates_left_in(const Span& span) const;
    /// Those first that were asked about longest ago, or never.
    std::vector<std::int64_t> rows_left() const;

private:
    struct One {
        std::int64_t row = 0;
        Instant at;
        Instant asked_at;
        bool is_answered = false;
    };
    std::vector<One> m_all; ///< by row
    std::size_t m_left = 0;
};

} // namespace smsctl::reconcile
