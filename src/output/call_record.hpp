#pragma once

#include "output/record.hpp"
#include "sms/call.hpp"

#include <string_view>

namespace smsctl::output {

Record call_record(const sms::Call& call, std::string_view workspace);

} // namespace smsctl::output
