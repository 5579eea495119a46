#pragma once

#include "commands/session.hpp"
#include "delivery/bulk_settlement.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace smsctl {

/// How long a command that submitted a batch waits for the provider to show its messages.
Instant bulk_patience(Session& session);

/// Watches the requests of a batch to the bulk API until `until` (asks once without), and tells
/// people what they must know of it: that something was sent twice, or could not be asked. Without
/// requests of which there may be news, the provider is not asked at all.
delivery::BulkLook settle_bulk(std::int64_t batch_row,
                               std::optional<Instant> until,
                               const delivery::BulkSettlement::OnChange& on_change,
                               store::Scope& scope,
                               Session& session);

/// One look at each of these; throws what reading throws.
delivery::BulkLook look_at_bulk(std::vector<sms::BulkRequest> requests,
                                const providers::RequestLimits& limits,
                                const delivery::BulkSettlement::OnChange& on_change,
                                store::Scope& scope,
                                Session& session);

} // namespace smsctl
