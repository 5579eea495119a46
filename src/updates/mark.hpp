#pragma once

#include "core/clock.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smsctl::updates {

/// What `message mark --processed` says of a message; what is not set stays.
struct ProcessedMark {
    std::optional<std::string> chat_id;
    std::optional<std::string> response_id; ///< the reply's id at the provider
};

/// `message` as it is with the mark.
sms::Message with_mark(sms::Message message, const ProcessedMark& mark);

/// Marks all of them, or none, in one transaction, with an event for each that changed. Gives them
/// as they are now, in the same order.
std::vector<sms::Message> mark_processed(store::Scope& scope,
                                         const Clock& clock,
                                         const std::vector<sms::Message>& messages,
                                         const ProcessedMark& mark);

} // namespace smsctl::updates
