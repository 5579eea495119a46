#include "store/message_rows.hpp"

namespace smsctl::store {

namespace {

std::optional<sms::Encoding> encoding_of(const std::string& name)
{
    for (const sms::Encoding encoding : {sms::Encoding::gsm7, sms::Encoding::ucs2})
        if (sms::name(encoding) == name)
            return encoding;
    return std::nullopt;
}

} // namespace

std::vector<sms::Media> media_of(Scope& scope, std::int64_t row)
{
    Statement statement = scope.prepare("SELECT url, content_type, path, problem FROM media WHERE "
                                        "workspace_id = $1 AND message_id = $2 ORDER BY position");
    statement.bind(2, row);
    std::vector<sms::Media> media;
    while (statement.step())
        media.push_back(
            {statement.text(0), statement.text(1), statement.text(2), statement.text(3)});
    return media;
}

sms::Message read_message(const Statement& row)
{
    sms::Message message;
    int column = 0;
    message.row = row.integer(column++);
    message.id = row.text(column++);
    message.seq = row.integer(column++);
    message.direction = row.text(column++) == sms::word(sms::Direction::inbound)
                            ? sms::Direction::inbound
                            : sms::Direction::outbound;
    message.conversation_row = row.integer(column++);
    message.conversation_id = row.text(column++);
    message.from = row.text(column++);
    message.to = row.text(column++);
    message.messaging_service_id = row.text(column++);
    message.body = row.text(column++);
    message.segments = row.small(column++);
    message.encoding = encoding_of(row.text(column++));
    message.status = sms::parse_status(row.text(column++)).value();
    message.status_at = row.instant(column++);
    sms::Failure failure;
    failure.code = row.text(column++);
    failure.text = row.text(column++);
    if (!failure.code.empty() || !failure.text.empty())
        message.failure = std::move(failure);
    message.key = row.text(column++);
    message.content_hash = row.text(column++);
    message.tag = row.text(column++);
    message.provider = row.text(column++);
    message.provider_id = row.text(column++);
    if (const auto micros = row.maybe_integer(column++))
        message.price = Money{*micros, row.text(column)};
    ++column;
    message.attempts = row.small(column++);
    message.processed = row.boolean(column++);
    message.chat_id = row.text(column++);
    message.response_id = row.text(column++);
    message.created_at = row.instant(column++);
    message.sent_at = row.maybe_instant(column++);
    message.delivered_at = row.maybe_instant(column++);
    message.batch_row = row.integer(column++);
    message.batch_id = row.text(column++);
    message.batch_record = row.small(column++);
    message.scheduled_at = row.maybe_instant(column++);
    message.bulk_request_row = row.integer(column++);
    message.redacted_at = row.maybe_instant(column++);
    return message;
}

std::vector<sms::Message> read_messages(Scope& scope, Statement statement)
{
    std::vector<sms::Message> messages;
    while (statement.step()) {
        messages.push_back(read_message(statement));
        messages.back().media = media_of(scope, messages.back().row);
    }
    return messages;
}

} // namespace smsctl::store
