// What is done to many messages of a batch at once.
#include "store/batches.hpp"
#include "store/message_rows.hpp"
#include "store/message_search.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace smsctl::store {

namespace {

constexpr SqlText held_sql =
    select_message + "WHERE +m.workspace_id = $1 AND m.batch_id = $2 AND m.id BETWEEN $3 AND $4 "
                     "AND m.status = 'scheduled' ORDER BY m.id LIMIT $5";

/// The last of the first `limit` messages that are left of a batch; 0 for none.
std::int64_t last_of_piece(Scope& scope, const sms::Batch& batch, int limit)
{
    Statement statement = scope.prepare(
        "SELECT coalesce(max(id), 0) FROM (SELECT id FROM messages WHERE +workspace_id = $1 AND "
        "batch_id = $2 AND id >= $3 ORDER BY id LIMIT $4) AS some");
    statement.bind(2, batch.row).bind(3, batch.first_message_row).bind(4, limit).step();
    return statement.integer(0);
}

} // namespace

/// Others may have discarded it, and planned another in its very row.
bool Batches::is_planning(const sms::Batch& batch)
{
    return m_scope
        .prepare("SELECT 1 FROM batches WHERE workspace_id = $1 AND id = $2 AND public_id = $3 AND "
                 "state = 'planning'")
        .bind(2, batch.row)
        .bind(3, batch.id)
        .step();
}

bool Batches::discard(const sms::Batch& batch, int limit)
{
    if (!is_planning(batch))
        return false;
    m_scope
        .prepare("UPDATE conversations SET message_count = message_count - n.gone FROM "
                 "(SELECT conversation_id, count(*) AS gone FROM (SELECT conversation_id FROM "
                 "messages WHERE +workspace_id = $1 AND batch_id = $2 AND id >= $3 ORDER BY id "
                 "LIMIT $4) AS some GROUP BY conversation_id) AS n "
                 "WHERE conversations.workspace_id = $1 AND conversations.id = n.conversation_id")
        .bind(2, batch.row)
        .bind(3, batch.first_message_row)
        .bind(4, limit)
        .run();
    MessageSearch search(m_scope);
    search.forget(batch.first_message_row, last_of_piece(m_scope, batch, limit), batch.row);
    const int removed =
        m_scope
            .prepare("DELETE FROM messages WHERE workspace_id = $1 AND id IN (SELECT id FROM "
                     "messages WHERE +workspace_id = $1 AND batch_id = $2 AND id >= $3 "
                     "ORDER BY id LIMIT $4)")
            .bind(2, batch.row)
            .bind(3, batch.first_message_row)
            .bind(4, limit)
            .run();
    search.after_deletion();
    if (removed == limit)
        return true;
    m_scope
        .prepare("DELETE FROM conversations WHERE workspace_id = $1 AND message_count = 0 AND "
                 "last_message_id >= $2 AND NOT EXISTS (SELECT 1 FROM messages m WHERE "
                 "m.conversation_id = conversations.id)")
        .bind(2, batch.first_message_row)
        .run();
    m_scope
        .prepare("UPDATE conversations SET last_message_id = (SELECT max(m.id) FROM messages m "
                 "WHERE m.conversation_id = conversations.id), last_message_at = (SELECT "
                 "max(m.created_at) FROM messages m WHERE m.conversation_id = conversations.id) "
                 "WHERE workspace_id = $1 AND last_message_id >= $2 AND NOT EXISTS "
                 "(SELECT 1 FROM messages m WHERE m.id = conversations.last_message_id)")
        .bind(2, batch.first_message_row)
        .run();
    m_scope.prepare("DELETE FROM batches WHERE workspace_id = $1 AND id = $2")
        .bind(2, batch.row)
        .run();
    return false;
}

bool Batches::is_canceled(std::int64_t batch_row)
{
    Statement statement = m_scope.prepare("SELECT 1 FROM batches WHERE workspace_id = $1 AND "
                                          "id = $2 AND state = 'canceled'");
    return statement.bind(2, batch_row).step();
}

int Batches::cancel_unsent(const sms::Batch& batch, RowRange rows, Instant now)
{
    // What somebody has in hand may be on its way.
    const int canceled =
        m_scope
            .prepare("UPDATE messages SET status = 'canceled', status_at = $5, seq = $6, "
                     "failure_code = '', failure_text = '', is_open = 0 WHERE "
                     "workspace_id = $1 AND id IN (SELECT m.id FROM outbox o JOIN messages m ON "
                     "m.id = o.message_id WHERE +o.workspace_id = $1 AND m.batch_id = $2 AND "
                     "o.message_id BETWEEN $3 AND $4 AND m.status = 'planned' AND "
                     "o.lease_owner IS NULL)")
            .bind(2, batch.row)
            .bind(3, rows.first)
            .bind(4, rows.last)
            .bind(5, now)
            .bind(6, batch.seq)
            .run();
    m_scope
        .prepare("DELETE FROM outbox WHERE +workspace_id = $1 AND message_id BETWEEN $3 AND $4 AND "
                 "EXISTS (SELECT 1 FROM messages m WHERE m.id = outbox.message_id AND "
                 "m.batch_id = $2 AND m.status = 'canceled')")
        .bind(2, batch.row)
        .bind(3, rows.first)
        .bind(4, rows.last)
        .run();
    return canceled;
}

int Batches::in_hand(const sms::Batch& batch)
{
    Statement statement =
        m_scope.prepare("SELECT count(*) FROM outbox o JOIN messages m ON m.id = o.message_id "
                        "WHERE o.workspace_id = $1 AND o.lease_owner IS NOT NULL AND "
                        "m.batch_id = $2");
    statement.bind(2, batch.row).step();
    return statement.small(0);
}

std::vector<sms::Message> Batches::held(const sms::Batch& batch, std::int64_t after_row, int limit)
{
    Statement statement = m_scope.prepare(held_sql.c_str());
    statement.bind(2, batch.row)
        .bind(3, std::max(after_row + 1, batch.first_message_row))
        .bind(4, batch.last_message_row)
        .bind(5, sql_limit(limit));
    return read_messages(m_scope, std::move(statement));
}

int Batches::plan_again(const sms::Batch& batch,
                        sms::Status status,
                        std::string_view status_callback,
                        Instant now)
{
    nlohmann::json options = nlohmann::json::object();
    if (!status_callback.empty())
        options["status_callback"] = status_callback;
    m_scope
        .prepare("INSERT INTO outbox (workspace_id, message_id, sender, due_at, is_scheduled, "
                 "options, attempts) SELECT $1, id, CASE WHEN from_address <> '' THEN from_address "
                 "ELSE messaging_service_id END, $6, 0, $7, 0 FROM messages WHERE +workspace_id = "
                 "$1 AND batch_id = $2 AND id BETWEEN $3 AND $4 AND status = $5 AND failure_code "
                 "<> 'blocked.duplicate' ORDER BY id ON CONFLICT (message_id) DO NOTHING")
        .bind(2, batch.row)
        .bind(3, batch.first_message_row)
        .bind(4, batch.last_message_row)
        .bind(5, sms::word(status))
        .bind(6, now)
        .bind(7, options.dump())
        .run();
    return m_scope
        .prepare("UPDATE messages SET status = 'planned', status_at = $6, seq = $7, is_open = 1, "
                 "failure_code = '', failure_text = '' WHERE +workspace_id = $1 AND batch_id = $2 "
                 "AND id BETWEEN $3 AND $4 AND status = $5 AND failure_code <> "
                 "'blocked.duplicate'")
        .bind(2, batch.row)
        .bind(3, batch.first_message_row)
        .bind(4, batch.last_message_row)
        .bind(5, sms::word(status))
        .bind(6, now)
        .bind(7, batch.seq)
        .run();
}

} // namespace smsctl::store
