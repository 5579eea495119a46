#include "store/calls.hpp"

#include "core/error.hpp"
#include "store/reference.hpp"
#include "store/sql_text.hpp"

namespace smsctl::store {

namespace {

constexpr SqlText select_call =
    "SELECT c.id, c.public_id, c.seq, c.direction, c.conversation_id, v.public_id, c.from_address, "
    "c.to_address, c.status, c.duration_seconds, c.provider, c.provider_id, c.parent_provider_id, "
    "c.price_micros, c.currency, c.created_at, c.started_at, c.ended_at FROM calls c JOIN "
    "conversations v ON v.id = c.conversation_id WHERE c.workspace_id = $1 ";
constexpr SqlText by_row_sql = select_call + "AND c.id = $2";
constexpr SqlText by_provider_id_sql = select_call + "AND c.provider_id = $2";

std::optional<sms::Call> first(Statement& row)
{
    if (!row.step())
        return std::nullopt;
    sms::Call call;
    call.row = row.integer(0);
    call.id = row.text(1);
    call.seq = row.integer(2);
    call.direction = row.text(3) == sms::word(sms::Direction::inbound) ? sms::Direction::inbound
                                                                       : sms::Direction::outbound;
    call.conversation_row = row.integer(4);
    call.conversation_id = row.text(5);
    call.from = row.text(6);
    call.to = row.text(7);
    call.status = row.text(8);
    if (const auto seconds = row.maybe_integer(9))
        call.duration = std::chrono::seconds(*seconds);
    call.provider = row.text(10);
    call.provider_id = row.text(11);
    call.parent_provider_id = row.text(12);
    if (const auto micros = row.maybe_integer(13))
        call.price = Money{*micros, row.text(14)};
    call.created_at = row.instant(15);
    call.started_at = row.maybe_instant(16);
    call.ended_at = row.maybe_instant(17);
    return call;
}

/// What may change, as parameters from `first` on.
void bind_state(Statement& statement, int first, const sms::Call& call)
{
    const auto seconds =
        call.duration ? std::optional<std::int64_t>(call.duration->count()) : std::nullopt;
    const auto micros = call.price ? std::optional(call.price->micros) : std::nullopt;
    statement.bind(first, call.seq)
        .bind(first + 1, call.status)
        .bind(first + 2, seconds)
        .bind(first + 3, micros)
        .bind(first + 4, call.price ? call.price->currency : std::string())
        .bind(first + 5, call.started_at)
        .bind(first + 6, call.ended_at);
}

} // namespace

void Calls::insert(sms::Call& call)
{
    Statement statement = m_scope.prepare(
        "INSERT INTO calls (workspace_id, seq, status, duration_seconds, price_micros, currency, "
        "started_at, ended_at, public_id, direction, conversation_id, from_address, to_address, "
        "provider, provider_id, parent_provider_id, created_at) SELECT workspace_id, $2, $3, $4, "
        "$5, $6, $7, $8, $9, $10, id, $12, $13, $14, $15, $16, $17 FROM conversations WHERE "
        "workspace_id = $1 AND id = $11 RETURNING id");
    bind_state(statement, 2, call);
    statement.bind(9, call.id)
        .bind(10, sms::word(call.direction))
        .bind(11, call.conversation_row)
        .bind(12, call.from)
        .bind(13, call.to)
        .bind(14, call.provider)
        .bind(15, call.provider_id)
        .bind(16, call.parent_provider_id)
        .bind(17, call.created_at);
    if (!statement.step())
        throw foreign_row("call");
    call.row = statement.integer(0);
    statement.run(); // to its end, where an autocommit may still fail
}

void Calls::update(const sms::Call& call)
{
    Statement statement = m_scope.prepare(
        "UPDATE calls SET seq = $3, status = $4, duration_seconds = $5, price_micros = $6, "
        "currency = $7, started_at = $8, ended_at = $9 WHERE workspace_id = $1 AND id = $2");
    bind_state(statement, 3, call);
    if (statement.bind(2, call.row).run() == 0)
        throw not_found_error("call", call.id);
}

std::optional<sms::Call> Calls::by_row(std::int64_t row)
{
    Statement statement = m_scope.prepare(by_row_sql.c_str());
    return first(statement.bind(2, row));
}

std::optional<sms::Call> Calls::by_provider_id(std::string_view provider_id)
{
    Statement statement = m_scope.prepare(by_provider_id_sql.c_str());
    return first(statement.bind(2, provider_id));
}

std::optional<Instant> Calls::oldest_unsettled(Instant since)
{
    Statement statement = m_scope.prepare(
        "SELECT created_at FROM calls WHERE workspace_id = $1 AND created_at >= $2 AND (status IN "
        "('queued', 'initiated', 'ringing', 'in-progress') OR (status = 'completed' AND "
        "price_micros IS NULL)) ORDER BY created_at LIMIT 1");
    return statement.bind(2, since).step() ? std::optional(statement.instant(0)) : std::nullopt;
}

} // namespace smsctl::store
