#include "store/messages.hpp"

#include "store/message_rows.hpp"
#include "store/reference.hpp"

#include <utility>

namespace smsctl::store {

namespace {

std::string_view name_of(const std::optional<sms::Encoding>& encoding)
{
    return encoding ? sms::name(*encoding) : std::string_view();
}

std::optional<std::int64_t> micros_of(const std::optional<Money>& price)
{
    return price ? std::optional(price->micros) : std::nullopt;
}

std::string currency_of(const std::optional<Money>& price)
{
    return price ? price->currency : std::string();
}

sms::Failure failure_of(const sms::Message& message)
{
    return message.failure.value_or(sms::Failure{});
}

void insert_media(Scope& scope, std::int64_t row, const std::vector<sms::Media>& media)
{
    int position = 0;
    for (const sms::Media& item : media) {
        Statement statement = scope.prepare(
            "INSERT INTO media (workspace_id, message_id, position, url, content_type) "
            "SELECT workspace_id, id, $3, $4, $5 FROM messages WHERE workspace_id = $1 AND id = "
            "$2");
        const int added = statement.bind(2, row)
                              .bind(3, position++)
                              .bind(4, item.url)
                              .bind(5, item.content_type)
                              .run();
        if (added == 0)
            throw foreign_row("media item");
    }
}

std::optional<sms::Message> first(Scope& scope, Statement statement)
{
    auto messages = read_messages(scope, std::move(statement));
    return messages.empty() ? std::nullopt : std::optional(std::move(messages.front()));
}

constexpr SqlText by_row_sql = select_message + "WHERE m.workspace_id = $1 AND m.id = $2";
constexpr SqlText by_id_sql = select_message + "WHERE m.workspace_id = $1 AND m.public_id = $2";
constexpr SqlText by_provider_id_sql =
    select_message + "WHERE m.workspace_id = $1 AND m.provider_id = $2";
constexpr SqlText by_key_sql = select_message + "WHERE m.workspace_id = $1 AND m.key = $2";

// The condition of the index messages_open, word for word.
constexpr SqlText select_open = select_message + "WHERE m.workspace_id = $1 AND m.is_open = 1 ";
constexpr SqlText set_submit =
    "UPDATE messages SET seq = $3, segments = $4, status = $5, status_at = $6, "
    "failure_code = $7, failure_text = $8, provider_id = $9, price_micros = $10, "
    "currency = $11, attempts = $12, sent_at = $13, delivered_at = $14, "
    "from_address = CASE WHEN from_address = '' THEN $15 ELSE from_address END ";
constexpr SqlText where_unsettled =
    "WHERE workspace_id = $1 AND id = $2 AND status IN ('planned', 'submitting', 'in_doubt')";
constexpr SqlText settle_sql = set_submit + where_unsettled;
constexpr SqlText settle_final_sql = set_submit + ", is_open = 0 " + where_unsettled;
// Asked apart: RETURNING would make and drop a table for each row.
constexpr ScopedSql marks_sql(
    "SELECT processed, chat_id, response_id FROM messages WHERE workspace_id = $1 AND id = $2");

constexpr SqlText open_sql =
    select_open +
    "AND m.direction = 'outbound' AND m.provider_id IS NOT NULL AND m.created_at >= $2 AND "
    "m.created_at < $3 ORDER BY m.created_at, m.id LIMIT $4";
constexpr SqlText in_doubt_sql =
    select_open + "AND m.status = 'in_doubt' ORDER BY m.created_at, m.id";

} // namespace

void Messages::insert(sms::Message& message)
{
    Statement statement = m_scope.prepare(
        "INSERT INTO messages (workspace_id, public_id, seq, direction, conversation_id, "
        "from_address, to_address, messaging_service_id, body, segments, encoding, status, "
        "status_at, failure_code, failure_text, key, content_hash, tag, provider, provider_id, "
        "price_micros, currency, attempts, processed, chat_id, response_id, created_at, sent_at, "
        "delivered_at, scheduled_at, is_open) SELECT workspace_id, $2, $3, $4, id, $6, $7, $8, $9, "
        "$10, "
        "$11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, "
        "$28, $29, $30, $31 "
        "FROM conversations WHERE workspace_id = $1 AND id = $5");
    const sms::Failure failure = failure_of(message);
    statement.bind_kept(2, message.id)
        .bind(3, message.seq)
        .bind_kept(4, sms::word(message.direction))
        .bind(5, message.conversation_row)
        .bind_kept(6, message.from)
        .bind_kept(7, message.to)
        .bind_kept(8, message.messaging_service_id)
        .bind_kept(9, message.body)
        .bind(10, message.segments)
        .bind(11, name_of(message.encoding))
        .bind_kept(12, sms::word(message.status))
        .bind(13, message.status_at)
        .bind_kept(14, failure.code)
        .bind_kept(15, failure.text)
        .bind_or_null(16, message.key)
        .bind_kept(17, message.content_hash)
        .bind_kept(18, message.tag)
        .bind_kept(19, message.provider)
        .bind_or_null(20, message.provider_id)
        .bind(21, micros_of(message.price))
        .bind(22, currency_of(message.price))
        .bind(23, message.attempts)
        .bind(24, message.processed)
        .bind_kept(25, message.chat_id)
        .bind_kept(26, message.response_id)
        .bind(27, message.created_at)
        .bind(28, message.sent_at)
        .bind(29, message.delivered_at)
        .bind(30, message.scheduled_at)
        .bind(31, !sms::is_final(message.status));
    if (statement.run() == 0)
        throw foreign_row("message");
    message.row = m_scope.last_insert_row();
    insert_media(m_scope, message.row, message.media);
}

void Messages::update(const sms::Message& message)
{
    Statement statement = m_scope.prepare(
        "UPDATE messages SET seq = $3, body = $4, segments = $5, encoding = $6, status = $7, "
        "status_at = $8, failure_code = $9, failure_text = $10, tag = $11, provider_id = $12, "
        "price_micros = $13, currency = $14, attempts = $15, processed = $16, chat_id = $17, "
        "response_id = $18, sent_at = $19, delivered_at = $20, scheduled_at = $22, "
        "from_address = CASE WHEN from_address = '' THEN $21 ELSE from_address END, is_open = $23 "
        "WHERE workspace_id = $1 AND id = $2");
    const sms::Failure failure = failure_of(message);
    const int changed = statement.bind(2, message.row)
                            .bind(3, message.seq)
                            .bind_kept(4, message.body)
                            .bind(5, message.segments)
                            .bind(6, name_of(message.encoding))
                            .bind_kept(7, sms::word(message.status))
                            .bind(8, message.status_at)
                            .bind_kept(9, failure.code)
                            .bind_kept(10, failure.text)
                            .bind_kept(11, message.tag)
                            .bind_or_null(12, message.provider_id)
                            .bind(13, micros_of(message.price))
                            .bind(14, currency_of(message.price))
                            .bind(15, message.attempts)
                            .bind(16, message.processed)
                            .bind_kept(17, message.chat_id)
                            .bind_kept(18, message.response_id)
                            .bind(19, message.sent_at)
                            .bind(20, message.delivered_at)
                            .bind_kept(21, message.from)
                            .bind(22, message.scheduled_at)
                            .bind(23, !sms::is_final(message.status))
                            .run();
    if (changed == 0)
        throw not_found_error("message", message.id);
}

void Messages::set_seq(std::int64_t row, std::int64_t seq)
{
    m_scope.prepare("UPDATE messages SET seq = $3 WHERE workspace_id = $1 AND id = $2")
        .bind(2, row)
        .bind(3, seq)
        .run();
}

int Messages::set_submitting(std::int64_t first_row, std::int64_t last_row, Instant now)
{
    return m_scope
        .prepare("UPDATE messages SET status = 'submitting', status_at = $4, attempts = attempts "
                 "+ 1 WHERE +workspace_id = $1 AND id BETWEEN $2 AND $3 AND status = 'planned'")
        .bind(2, first_row)
        .bind(3, last_row)
        .bind(4, now)
        .run();
}

bool Messages::settle_submit(sms::Message& message)
{
    // Only what a submit decides: the rest may have been changed while it was under way.
    const sms::Failure failure = failure_of(message);
    Statement statement = sms::is_final(message.status) ? m_scope.prepare(settle_final_sql.c_str())
                                                        : m_scope.prepare(settle_sql.c_str());
    statement.bind(2, message.row)
        .bind(3, message.seq)
        .bind(4, message.segments)
        .bind_kept(5, sms::word(message.status))
        .bind(6, message.status_at)
        .bind_kept(7, failure.code)
        .bind_kept(8, failure.text)
        .bind_or_null(9, message.provider_id)
        .bind(10, micros_of(message.price))
        .bind(11, currency_of(message.price))
        .bind(12, message.attempts)
        .bind(13, message.sent_at)
        .bind(14, message.delivered_at)
        .bind_kept(15, message.from);
    if (statement.run() == 0)
        return false;
    Statement marks = m_scope.prepare(marks_sql);
    marks.bind(2, message.row).step();
    message.processed = marks.boolean(0);
    message.chat_id = marks.text(1);
    message.response_id = marks.text(2);
    return true;
}

std::optional<sms::Message> Messages::by_row(std::int64_t row)
{
    return first(m_scope, std::move(m_scope.prepare(by_row_sql.c_str()).bind(2, row)));
}

std::optional<sms::Message> Messages::by_id(std::string_view id)
{
    return first(m_scope, std::move(m_scope.prepare(by_id_sql.c_str()).bind(2, id)));
}

std::optional<sms::Message> Messages::by_provider_id(std::string_view provider_id)
{
    return first(m_scope,
                 std::move(m_scope.prepare(by_provider_id_sql.c_str()).bind(2, provider_id)));
}

std::int64_t Messages::row_of_provider_id(std::string_view provider_id)
{
    Statement statement =
        m_scope.prepare("SELECT id FROM messages WHERE workspace_id = $1 AND provider_id = $2");
    return statement.bind(2, provider_id).step() ? statement.integer(0) : 0;
}

std::optional<sms::Message> Messages::by_key(std::string_view key)
{
    return first(m_scope, std::move(m_scope.prepare(by_key_sql.c_str()).bind(2, key)));
}

sms::Message Messages::resolve(std::string_view reference)
{
    if (auto exact = by_id(reference))
        return *exact;
    if (auto exact = by_provider_id(reference))
        return *exact;
    const auto range = prefix_range(reference);
    if (!range)
        throw not_found_error("message", reference);
    Statement statement = m_scope.prepare(
        "SELECT id, public_id FROM messages WHERE workspace_id = $1 AND public_id >= $2 AND "
        "public_id < $3 UNION SELECT id, public_id FROM messages WHERE workspace_id = $1 AND "
        "provider_id >= $2 AND provider_id < $3 LIMIT $4");
    statement.bind(2, range->from).bind(3, range->to).bind(4, int{candidates_shown} + 1);
    std::vector<std::string> candidates;
    while (statement.step())
        candidates.push_back(statement.text(1));
    if (candidates.empty())
        throw not_found_error("message", reference);
    if (candidates.size() > 1)
        throw ambiguous("message", reference, candidates);
    return by_id(candidates.front()).value();
}

std::vector<sms::Message> Messages::open(Instant since, Instant older_than, int limit)
{
    Statement statement = m_scope.prepare(open_sql.c_str());
    statement.bind(2, since).bind(3, older_than).bind(4, sql_limit(limit));
    return read_messages(m_scope, std::move(statement));
}

std::vector<sms::Message> Messages::in_doubt()
{
    return read_messages(m_scope, m_scope.prepare(in_doubt_sql.c_str()));
}

void Messages::set_polled(std::int64_t row, Instant at)
{
    m_scope.prepare("UPDATE messages SET polled_at = $3 WHERE workspace_id = $1 AND id = $2")
        .bind(2, row)
        .bind(3, at)
        .run();
}

std::int64_t Messages::spent_micros(Instant since, std::int64_t segment_price_micros)
{
    Statement statement = m_scope.prepare(
        "SELECT CAST(coalesce(sum(coalesce(price_micros, segments * $3)), 0) AS BIGINT) "
        "FROM messages WHERE workspace_id = $1 AND created_at >= $2 AND direction = 'outbound' "
        "AND status NOT IN ('rejected', 'blocked', 'failed', 'canceled')");
    statement.bind(2, since).bind(3, segment_price_micros);
    statement.step();
    return statement.integer(0);
}

void Messages::replace_media(std::int64_t row, const std::vector<sms::Media>& media)
{
    m_scope.prepare("DELETE FROM media WHERE workspace_id = $1 AND message_id = $2")
        .bind(2, row)
        .run();
    insert_media(m_scope, row, media);
}

void Messages::set_media_file(std::int64_t row,
                              std::size_t position,
                              std::string_view path,
                              std::string_view problem)
{
    m_scope
        .prepare("UPDATE media SET path = $4, problem = $5 WHERE workspace_id = $1 AND "
                 "message_id = $2 AND position = $3")
        .bind(2, row)
        .bind(3, static_cast<std::int64_t>(position) - 1)
        .bind(4, path)
        .bind(5, problem)
        .run();
}

} // namespace smsctl::store
