#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "sms/event.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <optional>

namespace smsctl::updates {

/// What `remote` says about `message`, of which no more need be filled in than `store::Polls`
/// reads: the event that it makes, not logged yet, and `message` as it is then. Nothing where
/// nothing changes. Price, segments, times and a missing reason are filled in whatever the status.
std::optional<sms::Event>
news_of(const providers::RemoteMessage& remote, sms::Message& message, Instant now);

/// The same, logged and written in the caller's transaction.
std::optional<sms::Event> enter_poll(store::Scope& scope,
                                     const providers::RemoteMessage& remote,
                                     sms::Message& message,
                                     Instant now);

} // namespace smsctl::updates
