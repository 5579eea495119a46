#include "output/call_record.hpp"

#include "core/time_text.hpp"

#include <nlohmann/json.hpp>

namespace smsctl::output {

namespace {

Record text_or_null(const std::string& text)
{
    return text.empty() ? Record(nullptr) : Record(text);
}

Record time_or_null(const std::optional<Instant>& at)
{
    return at ? Record(text::rfc3339(*at)) : Record(nullptr);
}

} // namespace

Record call_record(const sms::Call& call, std::string_view workspace)
{
    Record record;
    record["object"] = "call";
    record["id"] = call.id;
    record["seq"] = call.seq;
    record["workspace"] = workspace;
    record["direction"] = word(call.direction);
    record["conversation"] = call.conversation_id;
    record["from"] = call.from;
    record["to"] = call.to;
    record["status"] = call.status;
    record["duration"] = call.duration ? Record(call.duration->count()) : Record(nullptr);
    record["provider"] = call.provider;
    record["provider_id"] = call.provider_id;
    record["parent"] = text_or_null(call.parent_provider_id);
    record["price"] = call.price ? Record(decimal(call.price->micros)) : Record(nullptr);
    record["currency"] = call.price ? Record(call.price->currency) : Record(nullptr);
    record["created_at"] = text::rfc3339(call.created_at);
    record["started_at"] = time_or_null(call.started_at);
    record["ended_at"] = time_or_null(call.ended_at);
    return record;
}

} // namespace smsctl::output
