#pragma once

#include "events/filter.hpp"
#include "sms/event.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smsctl::output {

enum class Colour { off, on };

/// "✓✓" for delivered, "✗" for what failed, "…" for what is on its way.
std::string_view icon(sms::Status status);
/// One line for people, without its end: time, who to whom, status, text, all made harmless for a
/// terminal. For a `message` or `call` event its subject as it is now, for others what they say.
std::string traffic_line(const sms::Event& event, const events::Subject& subject, Colour colour);
/// The same for a message that a search found, with its id. `pieces` is its text, of which the 2nd,
/// 4th … piece are what was looked for.
std::string
found_line(const sms::Message& message, const std::vector<std::string>& pieces, Colour colour);

} // namespace smsctl::output
