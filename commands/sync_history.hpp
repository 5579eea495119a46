#pragma once

#include "output/printer.hpp"
#include "providers/provider.hpp"
#include "store/scope.hpp"
#include "updates/history.hpp"

namespace smsctl {

class Session;

/// `sync messages` and `sync calls`: print a record for each difference as soon as its page is
/// stored, show progress on a terminal, and say at the end what came of it.
void sync_messages(store::Scope& scope,
                   providers::Provider& provider,
                   const updates::HistoryOptions& options,
                   Session& session,
                   output::Printer& printer);
void sync_calls(store::Scope& scope,
                providers::Provider& provider,
                const updates::HistoryOptions& options,
                Session& session,
                output::Printer& printer);

} // namespace smsctl
