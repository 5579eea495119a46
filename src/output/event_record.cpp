#include "core/time_text.hpp"
#include "output/record.hpp"

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

Record forward_or_null(const std::optional<sms::Forward>& forward)
{
    if (!forward)
        return nullptr;
    return {{"url", forward->url},
            {"state", word(forward->state)},
            {"attempts", forward->attempts},
            {"status", forward->http == 0 ? Record(nullptr) : Record(forward->http)},
            {"error", text_or_null(forward->error)},
            {"next_try_at", time_or_null(forward->next_try_at)},
            {"settled_at", time_or_null(forward->settled_at)}};
}

Record reply_or_null(const std::optional<sms::Reply>& reply)
{
    if (!reply)
        return nullptr;
    return {{"message", text_or_null(reply->message_id)},
            {"rule", text_or_null(reply->rule)},
            {"withheld", text_or_null(reply->withheld)}};
}

} // namespace

Record event_record(const sms::Event& event, std::string_view workspace)
{
    Record record;
    record["object"] = "event";
    record["id"] = event.id;
    record["seq"] = event.seq;
    record["workspace"] = workspace;
    record["kind"] = word(event.kind);
    record["source"] = word(event.source);
    record["message"] = text_or_null(event.message_id);
    record["provider_id"] = text_or_null(event.provider_id);
    record["status"] = text_or_null(event.status);
    record["error_code"] = text_or_null(event.error_code);
    record["reason"] = text_or_null(event.reason);
    record["payload"] = text_or_null(event.payload);
    record["created_at"] = text::rfc3339(event.created_at);
    record["forward"] = forward_or_null(event.forward);
    record["reply"] = reply_or_null(event.reply);
    record["call"] = text_or_null(event.call_id);
    return record;
}

} // namespace smsctl::output
