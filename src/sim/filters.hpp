#pragma once

#include "core/clock.hpp"
#include "http/form.hpp"
#include "sim/account.hpp"
#include "sim/answer.hpp"

#include <optional>
#include <string_view>
#include <variant>

namespace smsctl::sim {

/// What a list's query asks of a date: `name` (that UTC day), `name`< and `name`>, both inclusive.
/// A plain date as upper bound is its midnight, as live accounts have it.
class DateRange {
public:
    /// Refuses a date that cannot be read.
    static std::variant<DateRange, Problem> read(const http::Form& query, std::string_view name);

    /// What has no instant passes only where nothing is asked.
    bool holds(const std::optional<Instant>& instant) const;

private:
    std::optional<Instant> m_day;
    std::optional<Instant> m_latest;
    std::optional<Instant> m_earliest;
};

/// Whether a record's ends pass To and From, as they stand.
bool is_between(std::string_view from, std::string_view to, const http::Form& query);
/// Whether `number` passes PhoneNumber (any part of it; `*` is any digit), FriendlyName and Origin.
bool matches(const PhoneNumber& number, const http::Form& query);

} // namespace smsctl::sim
