#pragma once

#include "commands/session.hpp"
#include "core/child.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace smsctl {

namespace sim {
class Simulator;
}

/// The variables that point smsctl and other clients at the simulator.
EnvironmentChanges sim_environment(const sim::Simulator& simulator);
/// Runs `command` against a running simulator, with a database of its own that goes afterwards;
/// gives its exit status. A signal to us reaches it.
int run_against(const sim::Simulator& simulator,
                const std::vector<std::string>& command,
                Session& session);
void wait_for_stop(const std::stop_token& stop);

} // namespace smsctl
