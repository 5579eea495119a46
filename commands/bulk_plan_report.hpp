#pragma once

#include "commands/rejects.hpp"
#include "commands/session.hpp"
#include "delivery/list_plan.hpp"
#include "sms/batch.hpp"
#include "store/scope.hpp"

#include <optional>

namespace smsctl {

/// Throws `usage.list` (2) for rows that cannot be used: one a line for people, or all in the one
/// error of a machine's format. `is_broken`: the list could not be read to its end.
[[noreturn]] void throw_rejected(const Rejects& rejects, bool is_broken, Session& session);
/// Says which rows were taken aside.
void tell_rejected(const Rejects& rejects, Session& session);

/// What the plan comes to, in a line for people.
void tell_plan(const delivery::ListPlan& plan, Session& session);
/// Prints each row's verdict and the batch there would be, or where the batch stands that the list
/// became before.
void show_plan(delivery::ListPlan& plan,
               const std::optional<sms::Batch>& before,
               store::Scope& scope,
               Session& session);

} // namespace smsctl
