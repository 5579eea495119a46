#pragma once

#include "http/form.hpp"
#include "sms/event.hpp"
#include "webhook/kept_request.hpp"
#include "webhook/trigger.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace smsctl::webhook {

/// The webhooks that a file holds: one a line, a form as it travels ("Body=Hi&From=%2B1…", sent
/// byte for byte) or a JSON object {"Field":"value"}; a JSON object or an array of them may also
/// take several lines. Throws `usage.trigger_body` naming `file` and the line.
std::vector<Webhook> read_webhooks(std::string_view text, std::string_view file);

/// The webhook that brought `event`, to be signed afresh. Throws `usage.trigger_event` for an event
/// that no webhook brought, or one whose request was not kept whole.
Webhook webhook_of(const sms::Event& event, const std::optional<KeptRequest>& kept);

} // namespace smsctl::webhook
