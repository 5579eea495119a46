#include "store/outbox.hpp"

#include "store/message_rows.hpp"
#include "store/reference.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace smsctl::store {

namespace {

constexpr SqlText select_waiting =
    select_message_columns +
    ", o.due_at, o.options, o.attempts, o.is_scheduled, "
    "EXISTS (SELECT 1 FROM media a WHERE a.message_id = m.id), EXISTS (SELECT 1 FROM opt_outs p "
    "WHERE p.workspace_id = $1 AND p.address = m.to_address AND p.our_address IN (o.sender, '')) "
    "FROM outbox o JOIN messages m ON m.id = o.message_id "
    "JOIN conversations v ON v.id = m.conversation_id LEFT JOIN batches b ON b.id = m.batch_id "
    "WHERE o.workspace_id = $1 AND o.sender = $2 AND (o.due_at, o.message_id) > ($3, $4) AND "
    "o.due_at <= $5 AND o.lease_owner IS NULL AND m.status = 'planned' AND "
    "(b.id IS NULL OR b.state = 'planned') ";
constexpr SqlText in_order = "ORDER BY o.due_at, o.message_id LIMIT $6";
constexpr SqlText due_queue_sql = select_waiting + "AND o.is_scheduled = 1 " + in_order;
constexpr SqlText batch_queue_sql =
    select_waiting + "AND m.batch_id = $7 AND o.message_id BETWEEN $8 AND $9 AND m.seq >= $10 " +
    in_order;

std::string options_of(const OutboxEntry& entry)
{
    nlohmann::json options = nlohmann::json::object();
    if (!entry.status_callback.empty())
        options["status_callback"] = entry.status_callback;
    if (entry.validity_seconds)
        options["validity_seconds"] = *entry.validity_seconds;
    if (entry.send_at)
        options["send_at"] = entry.send_at->time_since_epoch().count();
    return options.dump();
}

void read_options(const std::string& text, OutboxEntry& entry)
{
    if (text == "{}")
        return;
    const nlohmann::json options = nlohmann::json::parse(text);
    entry.status_callback = options.value("status_callback", std::string());
    if (const auto found = options.find("validity_seconds"); found != options.end())
        entry.validity_seconds = found->get<int>();
    if (const auto found = options.find("send_at"); found != options.end())
        entry.send_at = Instant(Millis(found->get<Millis::rep>()));
}

} // namespace

void each_run(std::vector<std::int64_t> rows,
              const std::function<void(std::int64_t first, std::int64_t last)>& take)
{
    std::sort(rows.begin(), rows.end());
    for (std::size_t first = 0; first < rows.size();) {
        std::size_t end = first + 1;
        while (end < rows.size() && rows[end] == rows[end - 1] + 1)
            ++end;
        take(rows[first], rows[end - 1]);
        first = end;
    }
}

void Outbox::add(const OutboxEntry& entry)
{
    const int added =
        m_scope
            .prepare("INSERT INTO outbox (workspace_id, message_id, due_at, options, attempts, "
                     "sender, is_scheduled, lease_owner, lease_until) "
                     "SELECT workspace_id, id, $3, $4, $5, $6, $7, $8, $9 FROM messages WHERE "
                     "workspace_id = $1 AND id = $2")
            .bind(2, entry.message_row)
            .bind(3, entry.due_at)
            .bind(4, options_of(entry))
            .bind(5, entry.attempts)
            .bind(6, entry.sender)
            .bind(7, entry.is_scheduled)
            .bind_or_null(8, entry.owner)
            .bind(9, entry.lease_until)
            .run();
    if (added == 0)
        throw foreign_row("outbox entry");
}

std::optional<OutboxEntry> Outbox::find(std::int64_t message_row)
{
    Statement statement =
        m_scope.prepare("SELECT due_at, options, attempts, sender, is_scheduled, lease_owner, "
                        "lease_until FROM outbox WHERE workspace_id = $1 AND message_id = $2");
    if (!statement.bind(2, message_row).step())
        return std::nullopt;
    OutboxEntry entry;
    entry.message_row = message_row;
    entry.due_at = statement.instant(0);
    read_options(statement.text(1), entry);
    entry.attempts = statement.small(2);
    entry.sender = statement.text(3);
    entry.is_scheduled = statement.boolean(4);
    entry.owner = statement.text(5);
    entry.lease_until = statement.maybe_instant(6);
    return entry;
}

std::vector<std::string> Outbox::senders()
{
    // Jumps from one sender to the next instead of reading every entry of each.
    Statement statement = m_scope.prepare(
        "WITH RECURSIVE each (sender) AS (SELECT min(sender) FROM outbox WHERE workspace_id = $1 "
        "UNION ALL SELECT (SELECT min(o.sender) FROM outbox o WHERE o.workspace_id = $1 AND "
        "o.sender > each.sender) FROM each WHERE each.sender IS NOT NULL) "
        "SELECT sender FROM each WHERE sender IS NOT NULL");
    std::vector<std::string> senders;
    while (statement.step())
        senders.push_back(statement.text(0));
    return senders;
}

std::vector<Waiting>
Outbox::queue(const QueueQuery& query, std::string_view sender, const QueuePlace& place, int limit)
{
    Statement statement = query.batch_row != 0 ? m_scope.prepare(batch_queue_sql.c_str())
                                               : m_scope.prepare(due_queue_sql.c_str());
    statement.bind(2, sender)
        .bind(3, place.due_at)
        .bind(4, place.message_row)
        .bind(5, query.due)
        .bind(6, sql_limit(limit));
    if (query.batch_row != 0)
        statement.bind(7, query.batch_row)
            .bind(8, query.first_message_row)
            .bind(9, query.last_message_row)
            .bind(10, query.since_seq);
    std::vector<Waiting> waiting;
    while (statement.step()) {
        Waiting& one = waiting.emplace_back();
        one.message = read_message(statement);
        int column = message_columns;
        one.entry.message_row = one.message.row;
        one.entry.sender = sender;
        one.entry.due_at = statement.instant(column++);
        read_options(statement.text(column++), one.entry);
        one.entry.attempts = statement.small(column++);
        one.entry.is_scheduled = statement.boolean(column++);
        if (statement.boolean(column++))
            one.message.media = media_of(m_scope, one.message.row);
        one.is_opted_out = statement.boolean(column);
    }
    return waiting;
}

// Here and wherever rows are taken by a range: the + keeps SQLite from walking an index of the
// whole workspace instead.
int Outbox::claim(std::int64_t first_row,
                  std::int64_t last_row,
                  std::string_view owner,
                  Instant until)
{
    return m_scope
        .prepare("UPDATE outbox SET lease_owner = $4, lease_until = $5, attempts = attempts + 1 "
                 "WHERE +workspace_id = $1 AND message_id BETWEEN $2 AND $3 AND "
                 "(lease_owner IS NULL OR lease_owner = $4)")
        .bind(2, first_row)
        .bind(3, last_row)
        .bind(4, owner)
        .bind(5, until)
        .run();
}

void Outbox::release(std::int64_t message_row)
{
    m_scope
        .prepare("UPDATE outbox SET lease_owner = NULL, lease_until = NULL "
                 "WHERE workspace_id = $1 AND message_id = $2")
        .bind(2, message_row)
        .run();
}

void Outbox::defer(std::int64_t message_row, Instant due_at)
{
    m_scope
        .prepare("UPDATE outbox SET due_at = $3, is_scheduled = 1, lease_owner = NULL, "
                 "lease_until = NULL WHERE workspace_id = $1 AND message_id = $2")
        .bind(2, message_row)
        .bind(3, due_at)
        .run();
}

void Outbox::update(const OutboxEntry& entry)
{
    m_scope
        .prepare("UPDATE outbox SET due_at = $3, is_scheduled = $4, options = $5 "
                 "WHERE workspace_id = $1 AND message_id = $2")
        .bind(2, entry.message_row)
        .bind(3, entry.due_at)
        .bind(4, entry.is_scheduled)
        .bind(5, options_of(entry))
        .run();
}

void Outbox::each_due(Instant now, const std::function<bool(const Waiting&)>& take)
{
    constexpr int page = 500;
    for (const std::string& sender : senders()) {
        QueuePlace place;
        std::vector<Waiting> waiting;
        do {
            waiting = queue({.due = now}, sender, place, page);
            for (const Waiting& one : waiting) {
                if (!take(one))
                    return;
                place = {one.entry.due_at, one.entry.message_row};
            }
        } while (waiting.size() == std::size_t{page});
    }
}

void Outbox::finish(std::int64_t message_row)
{
    m_scope.prepare("DELETE FROM outbox WHERE workspace_id = $1 AND message_id = $2")
        .bind(2, message_row)
        .run();
}

void Outbox::finish(std::vector<std::int64_t> message_rows)
{
    each_run(std::move(message_rows), [this](std::int64_t first, std::int64_t last) {
        m_scope
            .prepare("DELETE FROM outbox WHERE +workspace_id = $1 AND message_id BETWEEN $2 AND $3")
            .bind(2, first)
            .bind(3, last)
            .run();
    });
}

std::vector<std::int64_t> Outbox::abandoned(Instant now)
{
    Statement statement =
        m_scope.prepare("SELECT message_id, lease_owner, lease_until FROM outbox "
                        "WHERE workspace_id = $1 AND lease_owner IS NOT NULL ORDER BY message_id");
    std::vector<std::int64_t> rows;
    while (statement.step())
        if (!holds(statement.text(1), statement.instant(2), now))
            rows.push_back(statement.integer(0));
    return rows;
}

} // namespace smsctl::store
