#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "sms/event.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>

namespace smsctl::updates {

/// What `remote` says about `message`, of which no more need be filled in than `store::Polls`
/// reads: the event that it makes, not logged yet, and `message` as it is then. Nothing where
/// nothing changes. Price, segments, times and a missing reason are filled in whatever the status.
std::optional<sms::Event>
news_of(const providers::RemoteMessage& remote, sms::Message& message, Instant now);

/// The same, with `message` written in the caller's transaction. The event is logged later, with
/// those of the other messages, and has to get `seq`. `message` may have been read before that
/// transaction: if something else has changed it since, it is read anew first.
std::optional<sms::Event> enter_poll(store::Scope& scope,
                                     const providers::RemoteMessage& remote,
                                     sms::Message& message,
                                     std::int64_t seq,
                                     Instant now);

} // namespace smsctl::updates
