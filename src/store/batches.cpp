#include "store/batches.hpp"

#include "core/error.hpp"
#include "store/reference.hpp"
#include "store/sql_text.hpp"

#include <nlohmann/json.hpp>

namespace smsctl::store {

namespace {

constexpr SqlText select_batch =
    "SELECT id, public_id, seq, name, identity, content_hash, source, template, senders, via, "
    "on_block, state, planner, row_count, segments, estimated_price_micros, currency, "
    "first_message_id, last_message_id, scheduled_at, created_at FROM batches "
    "WHERE workspace_id = $1 ";
constexpr SqlText by_identity_sql = select_batch + "AND identity = $2";
constexpr SqlText by_name_sql = select_batch + "AND (public_id = $2 OR name = $2) ORDER BY id";
constexpr SqlText prefix_sql =
    select_batch + "AND public_id >= $2 AND public_id < $3 ORDER BY id LIMIT $4";
constexpr SqlText planning_sql = select_batch + "AND state = 'planning' ORDER BY id";
constexpr SqlText list_sql = select_batch + "ORDER BY id DESC LIMIT $2";

std::vector<sms::Batch> read(Statement& row)
{
    std::vector<sms::Batch> batches;
    while (row.step()) {
        sms::Batch batch;
        int column = 0;
        batch.row = row.integer(column++);
        batch.id = row.text(column++);
        batch.seq = row.integer(column++);
        batch.name = row.text(column++);
        batch.identity = row.text(column++);
        batch.content_hash = row.text(column++);
        batch.source = row.text(column++);
        batch.template_text = row.text(column++);
        batch.senders = nlohmann::json::parse(row.text(column++)).get<std::vector<std::string>>();
        batch.via = row.text(column++);
        batch.on_block = sms::parse_on_block(row.text(column++)).value();
        batch.state = sms::parse_batch_state(row.text(column++)).value();
        batch.planner = row.text(column++);
        batch.row_count = row.small(column++);
        batch.segments = row.integer(column++);
        batch.estimated_price_micros = row.maybe_integer(column++);
        batch.currency = row.text(column++);
        batch.first_message_row = row.integer(column++);
        batch.last_message_row = row.integer(column++);
        batch.scheduled_at = row.maybe_instant(column++);
        batch.created_at = row.instant(column++);
        batches.push_back(std::move(batch));
    }
    return batches;
}

} // namespace

void Batches::insert(sms::Batch& batch)
{
    Statement statement = m_scope.prepare(
        "INSERT INTO batches (workspace_id, public_id, seq, name, identity, content_hash, source, "
        "template, senders, via, on_block, state, planner, row_count, segments, "
        "estimated_price_micros, currency, scheduled_at, created_at) VALUES ($1, $2, $3, $4, $5, "
        "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) RETURNING id");
    statement.bind(2, batch.id)
        .bind(3, batch.seq)
        .bind(4, batch.name)
        .bind(5, batch.identity)
        .bind(6, batch.content_hash)
        .bind(7, batch.source)
        .bind(8, batch.template_text)
        .bind(9, nlohmann::json(batch.senders).dump())
        .bind(10, batch.via)
        .bind(11, sms::word(batch.on_block))
        .bind(12, sms::word(batch.state))
        .bind(13, batch.planner)
        .bind(14, batch.row_count)
        .bind(15, batch.segments)
        .bind(16, batch.estimated_price_micros)
        .bind(17, batch.currency)
        .bind(18, batch.scheduled_at)
        .bind(19, batch.created_at);
    statement.step();
    batch.row = statement.integer(0);
    statement.run();
}

void Batches::update(const sms::Batch& batch)
{
    const int changed =
        m_scope
            .prepare(
                "UPDATE batches SET seq = $3, state = $4, row_count = $5, segments = $6, "
                "estimated_price_micros = $7, currency = $8, first_message_id = $9, "
                "last_message_id = $10 WHERE workspace_id = $1 AND id = $2 AND public_id = $11")
            .bind(2, batch.row)
            .bind(3, batch.seq)
            .bind(4, sms::word(batch.state))
            .bind(5, batch.row_count)
            .bind(6, batch.segments)
            .bind(7, batch.estimated_price_micros)
            .bind(8, batch.currency)
            .bind(9, batch.first_message_row)
            .bind(10, batch.last_message_row)
            .bind(11, batch.id)
            .run();
    if (changed == 0)
        throw not_found_error("batch", batch.id);
}

std::optional<sms::Batch> Batches::by_identity(std::string_view identity)
{
    Statement statement = m_scope.prepare(by_identity_sql.c_str());
    auto batches = read(statement.bind(2, identity));
    return batches.empty() ? std::nullopt : std::optional(std::move(batches.front()));
}

sms::Batch Batches::resolve(std::string_view reference)
{
    Statement named = m_scope.prepare(by_name_sql.c_str());
    auto batches = read(named.bind(2, reference));
    if (batches.empty()) {
        if (const auto range = prefix_range(reference)) {
            Statement prefix = m_scope.prepare(prefix_sql.c_str());
            batches = read(
                prefix.bind(2, range->from).bind(3, range->to).bind(4, int{candidates_shown} + 1));
        }
    }
    if (batches.empty())
        throw not_found_error("batch", reference, "smsctl bulk list shows them");
    if (batches.size() == 1)
        return std::move(batches.front());
    std::vector<std::string> candidates;
    candidates.reserve(batches.size());
    for (const sms::Batch& batch : batches)
        candidates.push_back(batch.id + (batch.name.empty() ? "" : " (" + batch.name + ")"));
    throw ambiguous("batch", reference, candidates);
}

std::vector<sms::Batch> Batches::list(int limit)
{
    Statement statement = m_scope.prepare(list_sql.c_str());
    return read(statement.bind(2, sql_limit(limit)));
}

std::vector<sms::Batch> Batches::planning()
{
    Statement statement = m_scope.prepare(planning_sql.c_str());
    return read(statement);
}

std::int64_t Batches::count()
{
    Statement statement = m_scope.prepare("SELECT count(*) FROM batches WHERE workspace_id = $1");
    statement.step();
    return statement.integer(0);
}

sms::StatusCounts Batches::status_counts(const sms::Batch& batch)
{
    Statement statement = m_scope.prepare(
        "SELECT status, count(*) FROM messages WHERE +workspace_id = $1 AND batch_id = $2 AND "
        "id BETWEEN $3 AND $4 GROUP BY status UNION ALL SELECT status, message_count FROM "
        "removed_counts WHERE workspace_id = $1 AND batch_id = $2");
    statement.bind(2, batch.row).bind(3, batch.first_message_row).bind(4, batch.last_message_row);
    sms::StatusCounts counts;
    while (statement.step())
        counts[sms::parse_status(statement.text(0)).value()] += statement.integer(1);
    return counts;
}

Batches::Unsent Batches::unsent(const sms::Batch& batch, std::int64_t since_seq)
{
    Statement statement = m_scope.prepare(
        "SELECT count(*), coalesce(sum(m.segments), 0) FROM outbox o JOIN messages m ON m.id = "
        "o.message_id WHERE +o.workspace_id = $1 AND m.batch_id = $2 AND o.message_id BETWEEN $3 "
        "AND $4 AND m.status = 'planned' AND m.seq >= $5");
    statement.bind(2, batch.row)
        .bind(3, batch.first_message_row)
        .bind(4, batch.last_message_row)
        .bind(5, since_seq);
    statement.step();
    return {.count = statement.integer(0), .segments = statement.integer(1)};
}

Batches::Later
Batches::waiting_for_later(const sms::Batch& batch, Instant now, std::int64_t since_seq)
{
    Statement statement = m_scope.prepare(
        "SELECT count(*), min(o.due_at) FROM outbox o JOIN messages m ON m.id = o.message_id "
        "WHERE +o.workspace_id = $1 AND m.batch_id = $2 AND o.message_id BETWEEN $3 AND $4 AND "
        "o.due_at > $5 AND m.status = 'planned' AND m.seq >= $6");
    statement.bind(2, batch.row)
        .bind(3, batch.first_message_row)
        .bind(4, batch.last_message_row)
        .bind(5, now)
        .bind(6, since_seq);
    statement.step();
    return {.count = statement.integer(0), .first_due_at = statement.maybe_instant(1)};
}

} // namespace smsctl::store
