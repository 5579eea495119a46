#pragma once

#include "sms/call.hpp"
#include "store/scope.hpp"

#include <optional>
#include <string_view>

namespace smsctl::store {

/// The calls of a workspace.
class Calls {
public:
    explicit Calls(Scope& scope) : m_scope(scope) {}

    /// Stores a new one; fills in row. `id` and `seq` come from the caller.
    void insert(sms::Call& call);
    /// Writes what may change after insert: seq, status, duration, price and times. Throws
    /// not_found (3) when the row is gone.
    void update(const sms::Call& call);

    std::optional<sms::Call> by_row(std::int64_t row);
    std::optional<sms::Call> by_provider_id(std::string_view provider_id);
    /// When the oldest one was made, not before `since`, of which more is to be told: it goes on,
    /// or was held and has no price yet.
    std::optional<Instant> oldest_unsettled(Instant since);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
