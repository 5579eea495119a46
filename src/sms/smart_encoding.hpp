#pragma once

#include <string>
#include <string_view>

namespace smsctl::sms {

/// `text` (UTF-8) with curly quotes, dashes, odd blanks, full-width forms and other look-alikes
/// replaced by GSM-7 characters, as Twilio's smart encoding does; what has no look-alike stays, so
/// the result may still need UCS-2. Source: Twilio, "Smart Encoding", and its segment calculator.
std::string replace_look_alikes(std::string_view text);

} // namespace smsctl::sms
