#pragma once

#include "commands/session.hpp"

namespace smsctl {

/// Submits what is scheduled and due, --limit of it at most, and prints each message as it settles.
/// Throws what they add up to (4 to 11), or what ended it (8, 12, 130, 143); whatever was not sent
/// stays planned for the next run.
void send_due(Session& session);

} // namespace smsctl
