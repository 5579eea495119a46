#include "store/bulk_requests.hpp"

#include "core/error.hpp"
#include "store/message_rows.hpp"
#include "store/outbox.hpp"
#include "store/reference.hpp"

#include <utility>

namespace smsctl::store {

namespace {

constexpr SqlText select_request =
    "SELECT id, batch_id, tag, sender, body_hash, row_count, state, operation_id, problem, owner, "
    "owner_until, armed_at, settled_at FROM bulk_requests WHERE workspace_id = $1 AND "
    "settled_at IS NULL ";
constexpr SqlText open_sql =
    select_request + "AND state IN ('accepted', 'untracked', 'unknown') AND armed_at >= $2 AND "
                     "($3 = 0 OR batch_id = $3) ORDER BY id";
constexpr SqlText armed_sql = select_request + "AND state = 'armed' ORDER BY id";
constexpr SqlText messages_sql =
    select_message + "WHERE m.workspace_id = $1 AND m.bulk_request_id = $2 ORDER BY m.id";

std::vector<sms::BulkRequest> read(Statement& row)
{
    std::vector<sms::BulkRequest> requests;
    while (row.step()) {
        sms::BulkRequest& request = requests.emplace_back();
        int column = 0;
        request.row = row.integer(column++);
        request.batch_row = row.integer(column++);
        request.tag = row.text(column++);
        request.sender = row.text(column++);
        request.body_hash = row.text(column++);
        request.row_count = row.small(column++);
        request.state = sms::parse_bulk_state(row.text(column++)).value();
        request.operation_id = row.text(column++);
        request.problem = row.text(column++);
        request.owner = row.text(column++);
        request.owner_until = row.instant(column++);
        request.armed_at = row.instant(column++);
        request.settled_at = row.maybe_instant(column++);
    }
    return requests;
}

} // namespace

void BulkRequests::arm(sms::BulkRequest& request, std::span<const std::int64_t> message_rows)
{
    Statement insert = m_scope.prepare(
        "INSERT INTO bulk_requests (workspace_id, batch_id, tag, sender, body_hash, row_count, "
        "state, operation_id, problem, owner, owner_until, armed_at) SELECT $1, id, $3, $4, $5, "
        "$6, $7, '', '', $8, $9, $10 FROM batches WHERE workspace_id = $1 AND id = $2 "
        "RETURNING id");
    insert.bind(2, request.batch_row)
        .bind(3, request.tag)
        .bind(4, request.sender)
        .bind(5, request.body_hash)
        .bind(6, request.row_count)
        .bind(7, sms::word(request.state))
        .bind(8, request.owner)
        .bind(9, request.owner_until)
        .bind(10, request.armed_at);
    if (!insert.step())
        throw foreign_row("bulk request");
    request.row = insert.integer(0);
    insert.run();
    for (const std::int64_t row : message_rows) {
        const int tied =
            m_scope
                .prepare("UPDATE messages SET bulk_request_id = $3 WHERE workspace_id = $1 AND "
                         "id = $2 AND status = 'submitting'")
                .bind(2, row)
                .bind(3, request.row)
                .run();
        if (tied == 0)
            throw Error(Exit::failed, "internal.bulk_request", "a message was not claimed", "");
    }
}

void BulkRequests::update(const sms::BulkRequest& request)
{
    const int changed =
        m_scope
            .prepare("UPDATE bulk_requests SET state = $3, operation_id = $4, problem = $5, "
                     "settled_at = $6 WHERE workspace_id = $1 AND id = $2")
            .bind(2, request.row)
            .bind(3, sms::word(request.state))
            .bind(4, request.operation_id)
            .bind(5, request.problem)
            .bind(6, request.settled_at)
            .run();
    if (changed == 0)
        throw not_found_error("bulk request", request.tag);
}

void BulkRequests::let_go(const sms::BulkRequest& request)
{
    m_scope
        .prepare("UPDATE messages SET bulk_request_id = NULL WHERE workspace_id = $1 AND "
                 "bulk_request_id = $2")
        .bind(2, request.row)
        .run();
}

std::vector<sms::Message> BulkRequests::messages(const sms::BulkRequest& request)
{
    Statement statement = m_scope.prepare(messages_sql.c_str());
    statement.bind(2, request.row);
    std::vector<sms::Message> messages;
    while (statement.step())
        messages.push_back(read_message(statement));
    return messages;
}

std::vector<sms::BulkRequest> BulkRequests::open(std::int64_t batch_row, Instant since)
{
    Statement statement = m_scope.prepare(open_sql.c_str());
    return read(statement.bind(2, since).bind(3, batch_row));
}

std::vector<sms::BulkRequest> BulkRequests::abandoned(Instant now)
{
    Statement statement = m_scope.prepare(armed_sql.c_str());
    std::vector<sms::BulkRequest> requests = read(statement);
    std::erase_if(requests, [now](const sms::BulkRequest& request) {
        return holds(request.owner, request.owner_until, now);
    });
    return requests;
}

std::int64_t BulkRequests::lost_messages(Instant shown_since)
{
    Statement statement = m_scope.prepare(
        "SELECT count(*) FROM bulk_requests r JOIN messages m ON m.bulk_request_id = r.id WHERE "
        "r.workspace_id = $1 AND r.settled_at IS NULL AND r.state <> 'armed' AND r.armed_at < $2 "
        "AND m.provider_id IS NULL AND m.is_open = 1");
    statement.bind(2, shown_since).step();
    return statement.integer(0);
}

bool BulkRequests::has_doubts(std::int64_t batch_row)
{
    return m_scope
        .prepare("SELECT 1 FROM messages m JOIN bulk_requests r ON r.id = m.bulk_request_id WHERE "
                 "r.workspace_id = $1 AND r.batch_id = $2 AND r.settled_at IS NULL AND "
                 "m.status = 'in_doubt' LIMIT 1")
        .bind(2, batch_row)
        .step();
}

bool BulkRequests::any()
{
    return m_scope.prepare("SELECT 1 FROM bulk_requests WHERE workspace_id = $1 LIMIT 1").step();
}

} // namespace smsctl::store
