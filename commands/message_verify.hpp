#pragma once

#include "commands/session.hpp"
#include "sms/event.hpp"

namespace smsctl {

/// Prints what a second look at the signature of `event`'s webhook finds. Throws `usage.verify` for
/// an event that no webhook brought.
void verify_event(const sms::Event& event, Session& session);

} // namespace smsctl
