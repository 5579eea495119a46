#pragma once

#include "commands/bulk_stake.hpp"
#include "commands/session.hpp"
#include "delivery/worker.hpp"
#include "store/scope.hpp"

namespace smsctl {

/// Submits what is planned of `part`; prints each message as it settles, then the batch. Throws
/// what it all amounts to (4 to 9, 130, 143): also 7 or 9 for what earlier runs left in doubt.
void submit_batch(const BatchPart& part,
                  const delivery::WorkOptions& options,
                  store::Scope& scope,
                  Session& session);

} // namespace smsctl
