#include "store/event_log.hpp"

#include "core/id.hpp"
#include "store/reference.hpp"
#include "store/sql_text.hpp"

#include <fmt/format.h>

namespace smsctl::store {

namespace {

constexpr SqlText select_event =
    "SELECT e.seq, e.public_id, e.kind, e.source, e.message_id, m.public_id, e.provider_id, "
    "e.status, e.error_code, e.reason, e.payload, e.created_at, f.url, f.state, f.attempts, "
    "f.last_status, f.last_error, f.next_try_at, f.settled_at, r.rule, r.withheld, rm.public_id, "
    "c.id, c.public_id "
    "FROM events e LEFT JOIN messages m ON m.id = e.message_id LEFT JOIN forwards f ON "
    "f.event_seq = e.seq LEFT JOIN replies r ON r.event_seq = e.seq LEFT JOIN messages rm ON "
    "rm.id = r.message_id LEFT JOIN calls c ON e.kind = 'call' AND c.workspace_id = "
    "e.workspace_id AND c.provider_id = e.provider_id "
    "WHERE e.workspace_id = $1 ";
// What a poll brings happened when the provider says, all else when it was logged.
constexpr SqlText happened_at =
    "CASE WHEN e.kind = 'message' AND e.source = 'poll' THEN m.created_at WHEN e.kind = 'call' "
    "THEN c.created_at ELSE e.created_at END";
constexpr SqlText select_place =
    SqlText("SELECT e.seq, ") + happened_at +
    ", e.created_at FROM events e LEFT JOIN messages m ON m.id = e.message_id LEFT JOIN calls c ON "
    "e.kind = 'call' AND c.workspace_id = e.workspace_id AND c.provider_id = e.provider_id WHERE "
    "e.workspace_id = $1 ";
constexpr SqlText by_seq_sql = select_event + "AND e.seq = $2";
constexpr SqlText by_id_sql = select_event + "AND e.public_id = $2";
// The first two conditions are those of the index events_orphan.
constexpr SqlText orphans_sql =
    select_event + "AND e.message_id IS NULL AND e.provider_id <> '' AND e.provider_id = $2 AND "
                   "e.kind <> 'refused' ORDER BY e.seq";
constexpr ScopedSql has_orphan_sql(
    "SELECT 1 FROM events WHERE workspace_id = $1 AND message_id IS NULL AND provider_id <> '' "
    "AND provider_id = $2 LIMIT 1");

constexpr ScopedSql append_about_message(
    "INSERT INTO events (workspace_id, public_id, kind, source, message_id, provider_id, status, "
    "error_code, reason, payload, created_at, request) SELECT workspace_id, $2, $3, $4, id, $6, "
    "$7, $8, $9, $10, $11, $12 FROM messages WHERE workspace_id = $1 AND id = $5");
constexpr ScopedSql append_alone(
    "INSERT INTO events (workspace_id, public_id, kind, source, provider_id, status, error_code, "
    "reason, payload, created_at, request) SELECT id, $2, $3, $4, $6, $7, $8, $9, $10, $11, $12 "
    "FROM workspaces WHERE id = $1");

/// How many events one statement takes, and the values that each has.
constexpr std::size_t events_at_once = 16;
constexpr int values_each = 12;

// OR FAIL spares SQLite the journal in which it would keep a statement of many rows revocable; the
// transaction is what takes them back.
const std::string& append_many_sql()
{
    static const std::string sql = [] {
        std::string rows;
        for (int row = 0, number = 2; row < static_cast<int>(events_at_once); ++row) {
            rows += row == 0 ? "($1" : ", ($1";
            for (int value = 0; value < values_each; ++value)
                rows += fmt::format(", ${}", number++);
            rows += ')';
        }
        return "INSERT OR FAIL INTO events (workspace_id, seq, public_id, kind, source, "
               "message_id, provider_id, status, error_code, reason, payload, created_at, "
               "request) VALUES " +
               rows;
    }();
    return sql;
}

/// Binds all of an event but its seq to the numbers from `first` on. It must outlive the statement.
void bind_values(Statement& statement, int first, const sms::Event& event)
{
    statement.bind_kept(first, event.id)
        .bind_kept(first + 1, sms::word(event.kind))
        .bind_kept(first + 2, sms::word(event.source))
        .bind_kept(first + 4, event.provider_id)
        .bind_kept(first + 5, event.status)
        .bind_kept(first + 6, event.error_code)
        .bind_kept(first + 7, event.reason)
        .bind_kept(first + 8, event.payload)
        .bind(first + 9, event.created_at)
        .bind_kept(first + 10, event.request);
    if (event.message_row != 0)
        statement.bind(first + 3, event.message_row);
}

// What a callback said, or a poll in the place of one, which then keeps its request, in the words
// of the event it made, and of a message that is or is not here.
constexpr SqlText told_before_sql =
    "SELECT 1 FROM events WHERE workspace_id = $1 AND kind <> 'refused' AND "
    "(source = 'callback' OR (source = 'poll' AND request <> '')) "
    "AND seq < $2 AND status = $3 AND error_code = $4 ";
constexpr SqlText told_of_message_sql = told_before_sql + "AND message_id = $5 LIMIT 1";
constexpr SqlText told_of_orphan_sql =
    told_before_sql + "AND message_id IS NULL AND provider_id <> '' AND provider_id = $5 LIMIT 1";

std::optional<sms::Forward> read_forward(const Statement& row, int first)
{
    if (row.is_null(first))
        return std::nullopt;
    return sms::Forward{.url = row.text(first),
                        .state = sms::parse_forward_state(row.text(first + 1)).value(),
                        .attempts = row.small(first + 2),
                        .http = row.small(first + 3),
                        .error = row.text(first + 4),
                        .next_try_at = row.maybe_instant(first + 5),
                        .settled_at = row.maybe_instant(first + 6)};
}

std::optional<sms::Reply> read_reply(const Statement& row, int first)
{
    if (row.is_null(first))
        return std::nullopt;
    return sms::Reply{.message_id = row.text(first + 2),
                      .rule = row.text(first),
                      .withheld = row.text(first + 1)};
}

/// The conditions of `query`, whose values `bind_query` binds.
std::string conditions(const EventQuery& query)
{
    std::string sql = "AND e.seq > $2 ";
    if (query.conversation_row != 0)
        sql += "AND (m.conversation_id = $3 OR c.conversation_id = $3) ";
    if (query.message_row != 0)
        sql += "AND e.message_id = $5 ";
    if (query.since) // nothing is logged before it happened
        sql += fmt::format("AND e.created_at >= $4 AND {} >= $4 ", happened_at.c_str());
    std::string kinds;
    for (const sms::EventKind kind : query.kinds)
        kinds += fmt::format("{}'{}'", kinds.empty() ? "" : ", ", sms::word(kind));
    return kinds.empty() ? sql : sql + fmt::format("AND e.kind IN ({}) ", kinds);
}

void bind_query(Statement& statement, const EventQuery& query)
{
    statement.bind(2, query.after_seq);
    if (query.conversation_row != 0)
        statement.bind(3, query.conversation_row);
    if (query.since)
        statement.bind(4, *query.since);
    if (query.message_row != 0)
        statement.bind(5, query.message_row);
}

std::vector<sms::Event> read(Statement& row)
{
    std::vector<sms::Event> events;
    while (row.step())
        events.push_back({.seq = row.integer(0),
                          .id = row.text(1),
                          .kind = sms::parse_event_kind(row.text(2)).value(),
                          .source = sms::parse_event_source(row.text(3)).value(),
                          .message_row = row.integer(4),
                          .message_id = row.text(5),
                          .call_row = row.integer(22),
                          .call_id = row.text(23),
                          .provider_id = row.text(6),
                          .status = row.text(7),
                          .error_code = row.text(8),
                          .reason = row.text(9),
                          .payload = row.text(10),
                          .request = {},
                          .created_at = row.instant(11),
                          .forward = read_forward(row, 12),
                          .reply = read_reply(row, 19)});
    return events;
}

} // namespace

std::int64_t EventLog::append(sms::Event& event)
{
    event.id = new_id("evt", event.created_at);
    Statement statement =
        m_scope.prepare(event.message_row != 0 ? append_about_message : append_alone);
    bind_values(statement, 2, event);
    const int added = statement.run();
    if (added == 0)
        throw foreign_row("event");
    event.seq = m_scope.last_insert_row();
    return event.seq;
}

void EventLog::append(std::span<sms::Event* const> events)
{
    std::int64_t seq = next_seq();
    for (; events.size() >= events_at_once; events = events.subspan(events_at_once)) {
        Statement statement = m_scope.prepare_built(append_many_sql());
        int number = 2;
        for (sms::Event* const event : events.first(events_at_once)) {
            event->seq = seq++;
            event->id = new_id("evt", event->created_at);
            statement.bind(number, event->seq);
            bind_values(statement, number + 1, *event);
            number += values_each;
        }
        statement.run();
    }
    for (sms::Event* const event : events)
        append(*event);
}

std::int64_t EventLog::next_seq()
{
    // Of whatever workspace: seq orders the whole database, and is never given twice.
    Statement last = m_scope.database().connection().prepare_literal(
        "SELECT seq FROM sqlite_sequence WHERE name = 'events'");
    return last.step() ? last.integer(0) + 1 : 1;
}

std::vector<sms::Event> EventLog::list(const EventQuery& query)
{
    std::string sql = select_event.c_str() + conditions(query);
    sql += query.newest_first ? "ORDER BY e.seq DESC" : "ORDER BY e.seq";
    if (query.limit > 0)
        sql += " LIMIT " + std::to_string(query.limit);
    Statement statement = m_scope.prepare_built(sql);
    bind_query(statement, query);
    return read(statement);
}

void EventLog::walk_back(const EventQuery& query,
                         const std::function<bool(const EventPlace&)>& visit)
{
    Statement row =
        m_scope.prepare_built(select_place.c_str() + conditions(query) + "ORDER BY e.seq DESC");
    bind_query(row, query);
    while (row.step())
        if (!visit({row.integer(0), row.instant(1), row.instant(2)}))
            return;
}

std::optional<sms::Event> EventLog::by_seq(std::int64_t seq)
{
    Statement statement = m_scope.prepare(by_seq_sql.c_str());
    auto events = read(statement.bind(2, seq));
    return events.empty() ? std::nullopt : std::optional(std::move(events.front()));
}

std::optional<sms::Event> EventLog::by_id(std::string_view id)
{
    Statement statement = m_scope.prepare(by_id_sql.c_str());
    auto events = read(statement.bind(2, id));
    return events.empty() ? std::nullopt : std::optional(std::move(events.front()));
}

std::string EventLog::request_of(std::int64_t seq)
{
    Statement statement =
        m_scope.prepare("SELECT request FROM events WHERE workspace_id = $1 AND seq = $2");
    return statement.bind(2, seq).step() ? statement.text(0) : std::string();
}

bool EventLog::told_before(const sms::Event& event)
{
    const auto is_there = [&event](Statement statement, const auto& whose) {
        return statement.bind(2, event.seq)
            .bind(3, event.status)
            .bind(4, event.error_code)
            .bind(5, whose)
            .step();
    };
    if (event.message_row == 0)
        return is_there(m_scope.prepare(told_of_orphan_sql.c_str()), event.provider_id);
    return is_there(m_scope.prepare(told_of_message_sql.c_str()), event.message_row);
}

std::vector<sms::Event> EventLog::orphans(std::string_view provider_id)
{
    // Asked for every message that is accepted, and hardly ever is there one.
    Statement any = m_scope.prepare(has_orphan_sql);
    if (!any.bind(2, provider_id).step())
        return {};
    Statement statement = m_scope.prepare(orphans_sql.c_str());
    return read(statement.bind(2, provider_id));
}

void EventLog::adopt(std::int64_t seq, std::int64_t message_row)
{
    const int changed =
        m_scope
            .prepare("UPDATE events SET message_id = $3 WHERE workspace_id = $1 AND seq = $2 AND "
                     "EXISTS (SELECT 1 FROM messages WHERE workspace_id = $1 AND id = $3)")
            .bind(2, seq)
            .bind(3, message_row)
            .run();
    if (changed == 0)
        throw foreign_row("event");
}

void EventLog::keep_newest_refused(std::int64_t most)
{
    // Both conditions on kind are that of the index events_refused.
    m_scope
        .prepare("DELETE FROM events WHERE workspace_id = $1 AND kind = 'refused' AND seq <= "
                 "(SELECT seq FROM events WHERE workspace_id = $1 AND kind = 'refused' "
                 "ORDER BY seq DESC LIMIT 1 OFFSET $2)")
        .bind(2, most)
        .run();
}

std::int64_t EventLog::newest_seq()
{
    Statement statement =
        m_scope.prepare("SELECT coalesce(max(seq), 0) FROM events WHERE workspace_id = $1");
    statement.step();
    return statement.integer(0);
}

} // namespace smsctl::store
