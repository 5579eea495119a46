#pragma once

#include "commands/session.hpp"
#include "commands/steady_printer.hpp"
#include "reconcile/reconciler.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smsctl {

/// What `reconcile` was asked for.
struct ReconcileOptions {
    std::vector<std::string> references;
    std::optional<Instant> since;
    std::optional<Instant> older_than;
    std::string batch;
    std::optional<int> max_requests;
    std::string rate;
    bool no_inbound = false;
    bool no_settle = false;
    std::optional<Millis> interval;
    bool exit_status = false;
};

/// What a run is to do; references, batch and rate are looked up. Throws usage errors and
/// not_found.
reconcile::Options
reconcile_options(const ReconcileOptions& options, store::Scope& scope, Session& session);

/// One run with its records and its summary.
reconcile::Summary reconcile_once(const reconcile::Options& options,
                                  store::Scope& scope,
                                  SteadyPrinter& printer,
                                  Session& session);

} // namespace smsctl
