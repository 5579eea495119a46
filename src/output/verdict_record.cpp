#include "output/verdict_record.hpp"

#include "core/time_text.hpp"
#include "delivery/checks.hpp"

#include <nlohmann/json.hpp>

namespace smsctl::output {

namespace {

Record text_or_null(const std::string& text)
{
    return text.empty() ? Record(nullptr) : Record(text);
}

Record culprit_record(const std::optional<sms::Culprit>& culprit)
{
    if (!culprit)
        return nullptr;
    return {{"character", culprit->character}, {"index", culprit->index}};
}

} // namespace

Record verdict_record(const delivery::Verdict& verdict, std::string_view workspace)
{
    const sms::Message& message = verdict.message;
    Record record;
    record["object"] = "verdict";
    record["id"] = verdict.replay ? Record(verdict.replay->id) : Record(nullptr);
    record["workspace"] = workspace;
    record["verdict"] = verdict.blocked ? "blocked" : verdict.replay ? "replay" : "send";
    record["reason"] = verdict.blocked ? Record(verdict.blocked->text) : Record(nullptr);
    record["from"] = text_or_null(message.from);
    record["messaging_service"] = text_or_null(message.messaging_service_id);
    record["to"] = message.to;
    record["body"] = message.body;
    record["media"] = message.media.size();
    record["segments"] = message.segments;
    record["encoding"] = sms::name(verdict.segments.encoding);
    record["characters"] = verdict.segments.characters;
    record["ucs2_because"] = verdict.segments.encoding == sms::Encoding::ucs2
                                 ? culprit_record(verdict.segments.first_outside_gsm7)
                                 : Record(nullptr);
    record["estimated_price"] = verdict.estimated_price_micros
                                    ? Record(decimal(*verdict.estimated_price_micros))
                                    : Record(nullptr);
    record["currency"] =
        verdict.estimated_price_micros ? Record(verdict.currency) : Record(nullptr);
    record["key"] = text_or_null(message.key);
    record["warnings"] = verdict.warnings;
    record["scheduled_at"] =
        message.scheduled_at ? Record(text::rfc3339(*message.scheduled_at)) : Record(nullptr);
    return record;
}

Record verdict_record(const store::StagedRow& row,
                      std::optional<std::int64_t> segment_price_micros,
                      std::string_view workspace)
{
    delivery::Verdict verdict;
    sms::Message& message = verdict.message;
    const bool is_service = delivery::is_messaging_service(row.sender);
    (is_service ? message.messaging_service_id : message.from) = row.sender;
    message.to = row.to;
    message.body = row.body;
    message.media.resize(row.media_urls.size());
    message.segments = row.segments;
    message.key = row.key;
    message.scheduled_at = row.due_at;
    verdict.segments = sms::count_segments(row.body);
    if (segment_price_micros)
        verdict.estimated_price_micros = *segment_price_micros * row.segments;
    verdict.currency = "USD";
    if (row.verdict == "replay")
        verdict.replay = message;
    else if (!row.verdict.empty())
        verdict.blocked = sms::Failure{row.verdict, row.reason};
    Record record = verdict_record(verdict, workspace);
    record["id"] = nullptr;
    return record;
}

} // namespace smsctl::output
