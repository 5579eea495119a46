#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <string>
#include <string_view>

namespace smsctl::updates {

/// Enters what we reply to `inbound` within our answer to its webhook: a message of its
/// conversation, with an event of its own, in the caller's transaction. The provider names no id
/// for it, so it is in doubt until a report brings one.
sms::Message
enter_reply(store::Scope& scope, const sms::Message& inbound, std::string body, Instant now);

/// Gives the reply `message_id` the provider id that its first report brings. A report of something
/// else (another recipient, a message that has an id) changes nothing.
void adopt_reply(store::Scope& scope,
                 std::string_view message_id,
                 const providers::StatusReport& report);

} // namespace smsctl::updates
