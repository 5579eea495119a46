#pragma once

#include "http/server.hpp"
#include "sim/answer.hpp"
#include "sim/faults.hpp"

#include <optional>

namespace smsctl::sim {

bool is_carried_out(FaultKind kind);
/// The refusal that a kind answers with; nothing for those that have another answer.
std::optional<Problem> problem_of(FaultKind kind);
/// What the client sees instead of `real`, the answer it would have had.
http::ServerResponse disturbed(const Fault& fault, http::ServerResponse real);

} // namespace smsctl::sim
