#pragma once

#include "output/record.hpp"
#include "webhook/verification.hpp"

#include <string_view>

namespace smsctl::output {

/// What a second look at the signature of a webhook found; `event` is its event's id.
Record verification_record(const webhook::Verification& verification,
                           std::string_view event,
                           std::string_view workspace);

} // namespace smsctl::output
