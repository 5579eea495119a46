#pragma once

#include "output/record.hpp"
#include "store/reply_rules.hpp"

#include <string_view>

namespace smsctl::output {

/// `segments` are of the text with its defaults, other fields empty.
Record reply_record(const store::ReplyRule& rule, std::string_view workspace);

} // namespace smsctl::output
