#pragma once

#include "providers/provider.hpp"

namespace smsctl::updates {

/// A poll's or answer's view of a message of ours as the report it amounts to.
providers::StatusReport report_of(const providers::RemoteMessage& remote);
/// A poll's view of a message to us as the callback that was missed; without its media.
providers::InboundMessage inbound_of(const providers::RemoteMessage& remote);

} // namespace smsctl::updates
