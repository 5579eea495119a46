#pragma once

#include "output/record.hpp"
#include "store/webhook_traffic.hpp"

#include <string_view>

namespace smsctl::output {

/// Of kind `webhook_report`.
Record webhook_report_record(const store::WebhookTraffic& traffic, std::string_view workspace);

} // namespace smsctl::output
