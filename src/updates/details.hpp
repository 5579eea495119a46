#pragma once

#include "providers/provider.hpp"
#include "sms/event.hpp"
#include "sms/message.hpp"

namespace smsctl::updates {

/// Fills in what a report knows and the message does not, or has otherwise: segments, price, when
/// it was sent, from where. True when anything was new.
bool fill_in(sms::Message& message, const providers::StatusReport& report);

/// The same, and why it failed, as far as `source` may say so. Leaves the status alone: call it
/// before the message moves.
bool take_details(sms::Message& message,
                  const providers::StatusReport& report,
                  sms::EventSource source);

/// Whether the report would change anything of the message.
bool says_news(const sms::Message& message,
               const providers::StatusReport& report,
               sms::EventSource source);

} // namespace smsctl::updates
