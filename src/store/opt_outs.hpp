#pragma once

#include "core/clock.hpp"
#include "sms/event.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

struct OptOut {
    std::string id; ///< "opt_…"
    std::string address;
    std::string our_address; ///< empty: every sender of the workspace
    std::string reason;
    Instant created_at;
    sms::EventSource source = sms::EventSource::command; ///< who brought it
};

struct OptOutQuery {
    std::optional<std::string> our_address; ///< only those that hold for it: its own and all's
    std::vector<std::string> with;          ///< only of these addresses; none: of all
    int limit = 0;                          ///< 0: all
};

/// Who must not be texted. Nothing is added or taken away without an event `opt_out` in the log,
/// written here, in the caller's transaction.
class OptOuts {
public:
    explicit OptOuts(Scope& scope) : m_scope(scope) {}

    /// The opt-out that stops `our_address` from texting `address`: the sender's own, else the
    /// workspace's.
    std::optional<OptOut> find(std::string_view address, std::string_view our_address);
    /// All of `address`: the workspace's first, then the newest.
    std::vector<OptOut> of(std::string_view address);
    /// Newest first.
    std::vector<OptOut> list(const OptOutQuery& query);
    /// How many `list` would give without its limit.
    std::int64_t count(const OptOutQuery& query);
    /// By "opt_…" or a prefix of it. Throws `not_found.opt-out` (3) or `usage.ambiguous`.
    OptOut resolve(std::string_view reference);

    /// Keeps the first when there is one already; true when there was none. `message_row`: the text
    /// that asked for it.
    bool add(std::string_view address,
             std::string_view our_address,
             std::string_view reason,
             Instant now,
             sms::EventSource source = sms::EventSource::submit,
             std::int64_t message_row = 0);
    /// Removes the one for exactly this sender (empty: the workspace's); false when there is none.
    /// `reason` is kept in the log.
    bool remove(std::string_view address,
                std::string_view our_address,
                std::string_view reason = {},
                Instant now = SystemClock().now(),
                sms::EventSource source = sms::EventSource::callback,
                std::int64_t message_row = 0);

    /// Whether a command added or removed the one for exactly this sender, or the workspace's,
    /// after `at`. Reads the log: not for hot paths.
    bool changed_by_hand_since(std::string_view address, std::string_view our_address, Instant at);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
