#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "sms/message.hpp"

namespace smsctl::updates {

/// A poll's or answer's view of a message of ours as the report it amounts to.
providers::StatusReport report_of(const providers::RemoteMessage& remote);
/// How far the provider's clock and ours may be apart.
inline constexpr Millis clock_skew = std::chrono::minutes(5);
/// When the provider came to know of it.
Instant made_at(const providers::RemoteMessage& remote);
/// What lists are sorted by.
Instant listed_at(const providers::RemoteMessage& remote);
/// A poll's view of a message to us as the callback that was missed; without its media.
providers::InboundMessage inbound_of(const providers::RemoteMessage& remote);
/// A poll's view of a message from us that nobody here made, as a message to be stored; in no
/// conversation, and without its media.
sms::Message made_elsewhere(const providers::RemoteMessage& remote, Instant now);

} // namespace smsctl::updates
