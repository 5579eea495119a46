#include "output/webhook_report_record.hpp"

#include "core/time_text.hpp"

#include <nlohmann/json.hpp>

namespace smsctl::output {

Record webhook_report_record(const store::WebhookTraffic& traffic, std::string_view workspace)
{
    Record record;
    record["object"] = "webhook_report";
    record["id"] = nullptr;
    record["workspace"] = workspace;
    record["day"] = traffic.day.empty() ? Record(nullptr) : Record(traffic.day);
    record["received"] = traffic.received;
    record["texts"] = traffic.texts;
    record["statuses"] = traffic.statuses;
    record["unchanged"] = traffic.unchanged;
    record["refused"] = traffic.refused;
    record["forwarded"] = traffic.forwarded;
    record["waiting"] = traffic.waiting;
    record["given_up"] = traffic.given_up;
    record["last_at"] = traffic.last_at ? Record(text::rfc3339(*traffic.last_at)) : Record(nullptr);
    return record;
}

} // namespace smsctl::output
