#include "store/replies.hpp"

#include "store/reference.hpp"

namespace smsctl::store {

void Replies::add(const GivenReply& given)
{
    constexpr ScopedSql withheld_sql(
        "INSERT INTO replies (event_seq, workspace_id, rule, withheld, address, "
        "idempotency_token, created_at) SELECT seq, $1, $3, $4, $5, $6, $7 FROM events WHERE "
        "workspace_id = $1 AND seq = $2");
    constexpr ScopedSql given_sql(
        "INSERT INTO replies (event_seq, workspace_id, rule, withheld, address, "
        "idempotency_token, created_at, message_id) SELECT e.seq, $1, $3, $4, $5, $6, $7, m.id "
        "FROM events e JOIN messages m ON m.workspace_id = $1 AND m.id = $8 WHERE "
        "e.workspace_id = $1 AND e.seq = $2");
    Statement statement = m_scope.prepare(given.message_row == 0 ? withheld_sql : given_sql);
    statement.bind(2, given.event_seq)
        .bind(3, given.rule)
        .bind(4, given.withheld)
        .bind(5, given.address)
        .bind(6, given.idempotency_token)
        .bind(7, given.created_at);
    if (given.message_row != 0)
        statement.bind(8, given.message_row);
    if (statement.run() == 0)
        throw foreign_row("reply");
}

std::optional<GivenReply> Replies::to(std::int64_t inbound_row)
{
    Statement row = m_scope.prepare(
        "SELECT r.event_seq, r.message_id, r.rule, r.withheld, r.address, r.idempotency_token, "
        "r.created_at FROM replies r JOIN events e ON e.seq = r.event_seq WHERE "
        "e.workspace_id = $1 AND e.message_id = $2 AND r.message_id IS NOT NULL LIMIT 1");
    if (!row.bind(2, inbound_row).step())
        return std::nullopt;
    return GivenReply{.event_seq = row.integer(0),
                      .message_row = row.integer(1),
                      .rule = row.text(2),
                      .withheld = row.text(3),
                      .address = row.text(4),
                      .idempotency_token = row.text(5),
                      .created_at = row.instant(6)};
}

bool Replies::has(std::int64_t message_row)
{
    return m_scope
        .prepare("SELECT 1 FROM replies WHERE workspace_id = $1 AND message_id = $2 LIMIT 1")
        .bind(2, message_row)
        .step();
}

ReplyCount
Replies::count(std::string_view address, std::string_view rule, Instant rule_since, Instant since)
{
    Statement row = m_scope.prepare(
        "SELECT coalesce(sum(CASE WHEN rule = $3 AND created_at > $4 THEN 1 ELSE 0 END), 0), "
        "count(*) FROM replies WHERE workspace_id = $1 AND address = $2 AND message_id IS NOT "
        "NULL AND created_at > $5");
    row.bind(2, address).bind(3, rule).bind(4, rule_since).bind(5, since).step();
    return {.by_rule = row.integer(0), .in_all = row.integer(1)};
}

} // namespace smsctl::store
