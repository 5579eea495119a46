#pragma once

#include "commands/sending.hpp"
#include "delivery/enqueue.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <optional>
#include <vector>

namespace smsctl {

/// What `send` is to send.
struct SendDrafts {
    std::vector<delivery::Draft> all;     ///< one for each recipient, in their order
    std::optional<sms::Message> original; ///< what --reply answers
};

/// Reads text, template and recipients. Throws usage errors (2), or not_found (3) for a template or
/// a message that is not there.
SendDrafts read_drafts(const SendOptions& options, store::Scope& scope, Session& session);

} // namespace smsctl
