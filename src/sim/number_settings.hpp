#pragma once

#include "http/form.hpp"
#include "sim/account.hpp"
#include "sim/answer.hpp"

#include <optional>

namespace smsctl::sim {

/// Changes a number's settings by the form of an update ("SmsUrl=…"; an empty value clears), or
/// says why not and changes nothing. Unknown fields are ignored, as Twilio does.
std::optional<Problem> change_settings(PhoneNumber& number, const http::Form& form, Instant now);

} // namespace smsctl::sim
