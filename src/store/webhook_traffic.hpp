#pragma once

#include "core/clock.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smsctl::store {

/// What came by webhook in some time, and what became of it.
struct WebhookTraffic {
    std::string day;           ///< "2026-03-02", UTC; empty: of the whole time
    std::int64_t received = 0; ///< all there were: the four below
    std::int64_t texts = 0;
    std::int64_t statuses = 0;
    std::int64_t unchanged = 0; ///< repeats, late ones, and of messages that are not here
    std::int64_t refused = 0;
    std::int64_t forwarded = 0;
    std::int64_t waiting = 0;  ///< to be forwarded
    std::int64_t given_up = 0; ///< would have been forwarded
    std::optional<Instant> last_at;
};

/// Of a workspace, from `since` until before `until`; one a day with something in it, the newest
/// first, where `by_day`.
std::vector<WebhookTraffic> webhook_traffic(Scope& scope,
                                            std::optional<Instant> since,
                                            std::optional<Instant> until,
                                            bool by_day);

} // namespace smsctl::store
