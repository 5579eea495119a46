#pragma once

#include "sim/world.hpp"

#include <nlohmann/json_fwd.hpp>

namespace smsctl::sim {

/// All that the simulator holds, as one document for a test to look at.
nlohmann::ordered_json state_json(const World& world);
/// The faults that wait, in their order.
nlohmann::ordered_json faults_json(const World& world);

} // namespace smsctl::sim
