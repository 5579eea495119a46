#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "store/scope.hpp"
#include "updates/apply.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::updates {

/// The end of a doubt, by evidence. Each takes the message as it is now, inside the caller's
/// transaction, and does nothing for one that is not in doubt any more. `evidence`, one clause, is
/// kept with the event.

/// The message is `remote`: it gets that id and stage, and is out of the outbox. Nothing where
/// another message of ours is `remote`.
std::optional<Applied> adopt(store::Scope& scope,
                             const Clock& clock,
                             std::int64_t row,
                             const providers::RemoteMessage& remote,
                             std::string_view evidence);

/// The provider never got it. It is planned again, for `bulk resume` or else for `send --due`; what
/// was canceled meanwhile is canceled, and what can never go again, as an automatic reply, failed.
std::optional<Applied>
plan_again(store::Scope& scope, const Clock& clock, std::int64_t row, std::string_view evidence);

/// Nobody can tell: it stays in doubt, for the reason `evidence`. Nothing where that is known.
std::optional<Applied>
stay_in_doubt(store::Scope& scope, const Clock& clock, std::int64_t row, std::string_view evidence);

} // namespace smsctl::updates
