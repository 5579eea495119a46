#include "commands/retention.hpp"

#include "commands/session.hpp"
#include "updates/removal.hpp"

namespace smsctl {

std::int64_t apply_retention(store::Scope& scope, Session& session)
{
    const auto cutoff = updates::retention_cutoff(scope.workspace(), session.clock().now());
    if (!cutoff)
        return 0;
    updates::Removal removal(scope, session.clock(), nullptr);
    const auto result = removal.remove_older(*cutoff, {}, session.stop_token());
    removal.purge();
    return result.removed;
}

} // namespace smsctl
