#include "output/batch_record.hpp"

#include "core/money.hpp"
#include "core/time_text.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace smsctl::output {

namespace {

/// Those that an outbound message of a list can have; each is in the record, be it zero.
constexpr std::array shown{sms::Status::planned,
                           sms::Status::scheduled,
                           sms::Status::blocked,
                           sms::Status::submitting,
                           sms::Status::in_doubt,
                           sms::Status::rejected,
                           sms::Status::accepted,
                           sms::Status::queued,
                           sms::Status::sending,
                           sms::Status::sent,
                           sms::Status::delivered,
                           sms::Status::read,
                           sms::Status::undelivered,
                           sms::Status::failed,
                           sms::Status::canceled,
                           sms::Status::expired};

Record text_or_null(const std::string& text)
{
    return text.empty() ? Record(nullptr) : Record(text);
}

std::int64_t count_of(const sms::StatusCounts& counts, sms::Status status)
{
    const auto found = counts.find(status);
    return found == counts.end() ? 0 : found->second;
}

} // namespace

std::string_view batch_status(const sms::Batch& batch, const sms::StatusCounts& counts)
{
    if (batch.state != sms::BatchState::planned)
        return sms::word(batch.state);
    if (count_of(counts, sms::Status::submitting) > 0)
        return "sending";
    const std::int64_t planned = count_of(counts, sms::Status::planned);
    if (planned == 0)
        return "done";
    return planned + count_of(counts, sms::Status::blocked) == batch.row_count ? "planned"
                                                                               : "unfinished";
}

Record
batch_record(const sms::Batch& batch, const sms::StatusCounts& counts, std::string_view workspace)
{
    Record by_status = Record::object();
    for (const sms::Status status : shown)
        by_status[std::string(sms::word(status))] = count_of(counts, status);
    Record senders = Record::array();
    for (const std::string& sender : batch.senders)
        senders.push_back(sender);
    const bool is_stored = !batch.id.empty();
    Record record;
    record["object"] = "batch";
    record["id"] = text_or_null(batch.id);
    record["seq"] = is_stored ? Record(batch.seq) : Record(nullptr);
    record["workspace"] = workspace;
    record["name"] = text_or_null(batch.name);
    record["status"] = is_stored ? Record(batch_status(batch, counts)) : Record(nullptr);
    record["source"] = batch.source;
    record["template"] = text_or_null(batch.template_text);
    record["senders"] = senders;
    record["via"] = batch.via;
    record["rows"] = batch.row_count;
    record["counts"] = by_status;
    record["segments"] = batch.segments;
    record["estimated_price"] = batch.estimated_price_micros
                                    ? Record(decimal(*batch.estimated_price_micros))
                                    : Record(nullptr);
    record["currency"] = text_or_null(batch.currency);
    record["scheduled_at"] =
        batch.scheduled_at ? Record(text::rfc3339(*batch.scheduled_at)) : Record(nullptr);
    record["created_at"] = is_stored ? Record(text::rfc3339(batch.created_at)) : Record(nullptr);
    return record;
}

} // namespace smsctl::output
