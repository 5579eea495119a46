#include "store/removals.hpp"

#include "store/message_rows.hpp"
#include "store/message_search.hpp"

namespace smsctl::store {

namespace {

constexpr SqlText removable =
    "m.workspace_id = $1 AND m.created_at < $2 AND m.is_open = 0 AND NOT EXISTS (SELECT 1 FROM "
    "events e JOIN forwards f ON f.event_seq = e.seq WHERE e.message_id = m.id AND f.state = "
    "'waiting') ";
// In two parts, as Messages::list has it.
constexpr SqlText older_same_sql = select_message + "WHERE " + removable +
                                   "AND m.created_at = $3 AND m.id > $4 ORDER BY m.created_at, "
                                   "m.id LIMIT $5";
constexpr SqlText older_later_sql = select_message + "WHERE " + removable +
                                    "AND m.created_at > $3 ORDER BY m.created_at, m.id LIMIT $4";
constexpr SqlText count_older_sql = SqlText("SELECT count(*) FROM messages m WHERE ") + removable;

/// The rows that are about to be deleted, for the statements that take them all at once.
void choose(Connection& connection, const std::vector<std::int64_t>& rows)
{
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS doomed (id INTEGER PRIMARY KEY)");
    connection.prepare("DELETE FROM temp.doomed").run();
    for (const std::int64_t row : rows)
        connection.prepare("INSERT INTO temp.doomed (id) VALUES ($1)").bind(1, row).run();
}

} // namespace

std::string_view word(RemovalVerb verb)
{
    return verb == RemovalVerb::redact ? "redact" : "remove";
}

bool Removals::is_being_forwarded(std::int64_t message_row)
{
    return m_scope
        .prepare("SELECT 1 FROM events e JOIN forwards f ON f.event_seq = e.seq WHERE "
                 "e.workspace_id = $1 AND e.message_id = $2 AND f.state = 'waiting'")
        .bind(2, message_row)
        .step();
}

std::vector<sms::Message> Removals::older(Instant cutoff, const MessagePlace& after, int limit)
{
    Statement same = m_scope.prepare(older_same_sql.c_str());
    same.bind(2, cutoff).bind(3, after.created_at).bind(4, after.row).bind(5, limit);
    std::vector<sms::Message> found = read_messages(m_scope, std::move(same));
    Statement later = m_scope.prepare(older_later_sql.c_str());
    later.bind(2, cutoff).bind(3, after.created_at).bind(4, limit - static_cast<int>(found.size()));
    for (sms::Message& message : read_messages(m_scope, std::move(later)))
        found.push_back(std::move(message));
    return found;
}

std::int64_t Removals::count_older(Instant cutoff)
{
    Statement statement = m_scope.prepare(count_older_sql.c_str());
    statement.bind(2, cutoff).step();
    return statement.integer(0);
}

void Removals::remove(const std::vector<std::int64_t>& message_rows, Instant now)
{
    choose(m_scope.database().connection(), message_rows);
    keep_what_stays(now);
    MessageSearch search(m_scope);
    for (const std::int64_t row : message_rows)
        m_has_forgotten |= search.forget(row, row);
    take_from_conversations();
    m_scope
        .prepare("DELETE FROM messages WHERE +workspace_id = $1 AND id IN (SELECT id FROM "
                 "temp.doomed)")
        .run();
    m_scope
        .prepare("UPDATE conversations SET (last_message_id, last_message_at) = (SELECT m.id, "
                 "m.created_at FROM messages m WHERE m.conversation_id = conversations.id ORDER BY "
                 "m.created_at DESC, m.id DESC LIMIT 1) WHERE workspace_id = $1 AND id IN (SELECT "
                 "id FROM temp.touched) AND last_message_id IN (SELECT id FROM temp.doomed)")
        .run();
    search.after_deletion();
}

void Removals::keep_what_stays(Instant now)
{
    m_scope
        .prepare("INSERT INTO removed_messages (workspace_id, provider_id, key, content_hash, "
                 "removed_at) SELECT workspace_id, provider_id, key, CASE WHEN key IS NULL THEN '' "
                 "ELSE content_hash END, $2 FROM messages WHERE +workspace_id = $1 AND id IN "
                 "(SELECT id FROM temp.doomed) AND (provider_id IS NOT NULL OR key IS NOT NULL) ON "
                 "CONFLICT DO NOTHING")
        .bind(2, now)
        .run();
    m_scope
        .prepare("INSERT INTO removed_counts (workspace_id, batch_id, status, message_count) "
                 "SELECT workspace_id, batch_id, status, count(*) FROM messages WHERE "
                 "+workspace_id = $1 AND id IN (SELECT id FROM temp.doomed) AND batch_id IS NOT "
                 "NULL AND EXISTS (SELECT 1 FROM batches b WHERE b.id = batch_id) GROUP BY "
                 "workspace_id, batch_id, status ON CONFLICT (workspace_id, batch_id, status) DO "
                 "UPDATE SET message_count = removed_counts.message_count + "
                 "excluded.message_count")
        .run();
    m_scope
        .prepare("UPDATE events SET message_id = NULL WHERE workspace_id = $1 AND kind = 'opt_out' "
                 "AND message_id IN (SELECT id FROM temp.doomed)")
        .run();
}

void Removals::take_from_conversations()
{
    Connection& connection = m_scope.database().connection();
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS touched (id INTEGER PRIMARY KEY)");
    connection.prepare("DELETE FROM temp.touched").run();
    m_scope
        .prepare("INSERT INTO temp.touched (id) SELECT DISTINCT conversation_id FROM messages "
                 "WHERE +workspace_id = $1 AND id IN (SELECT id FROM temp.doomed)")
        .run();
    // The unread ones of a conversation are the newest that came in.
    m_scope
        .prepare(
            "UPDATE conversations SET unread_count = unread_count - g.gone FROM (SELECT "
            "n.conversation_id, count(*) AS gone FROM (SELECT m.id, m.conversation_id, "
            "row_number() OVER (PARTITION BY m.conversation_id ORDER BY m.created_at DESC, "
            "m.id DESC) AS nth FROM temp.touched t JOIN messages m ON m.conversation_id = t.id "
            "WHERE m.direction = 'inbound') AS n JOIN conversations c ON c.id = "
            "n.conversation_id AND n.nth <= c.unread_count JOIN temp.doomed d ON d.id = n.id "
            "GROUP BY n.conversation_id) AS g WHERE conversations.workspace_id = $1 AND "
            "conversations.id = g.conversation_id")
        .run();
    m_scope
        .prepare("UPDATE conversations SET message_count = message_count - (SELECT count(*) FROM "
                 "messages m JOIN temp.doomed d ON d.id = m.id WHERE m.conversation_id = "
                 "conversations.id) WHERE workspace_id = $1 AND id IN (SELECT id FROM "
                 "temp.touched)")
        .run();
}

void Removals::redact(std::int64_t message_row, Instant now)
{
    m_has_forgotten |= MessageSearch(m_scope).forget(message_row, message_row);
    // What came before its message was stored, or was refused, holds the text as well.
    m_scope
        .prepare("UPDATE events SET payload = '', request = '' WHERE workspace_id = $1 AND "
                 "message_id IS NULL AND provider_id <> '' AND provider_id = (SELECT provider_id "
                 "FROM messages WHERE workspace_id = $1 AND id = $2) AND kind <> 'opt_out'")
        .bind(2, message_row)
        .run();
    m_scope
        .prepare("UPDATE events SET payload = '', request = '' WHERE +workspace_id = $1 AND "
                 "message_id = $2 AND kind <> 'opt_out'")
        .bind(2, message_row)
        .run();
    m_scope
        .prepare("UPDATE media SET url = '', path = '', problem = '' WHERE +workspace_id = $1 AND "
                 "message_id = $2")
        .bind(2, message_row)
        .run();
    m_scope
        .prepare("UPDATE messages SET body = '', redacted_at = coalesce(redacted_at, $3) WHERE "
                 "workspace_id = $1 AND id = $2")
        .bind(2, message_row)
        .bind(3, now)
        .run();
}

void Removals::begin(std::int64_t message_row, RemovalVerb verb, Instant now)
{
    m_scope
        .prepare("INSERT INTO removals (message_id, workspace_id, verb, asked_at) SELECT id, "
                 "workspace_id, $3, $4 FROM messages WHERE workspace_id = $1 AND id = $2 ON "
                 "CONFLICT (message_id) DO UPDATE SET verb = excluded.verb, asked_at = "
                 "excluded.asked_at")
        .bind(2, message_row)
        .bind(3, word(verb))
        .bind(4, now)
        .run();
}

void Removals::finish(std::int64_t message_row)
{
    m_scope.prepare("DELETE FROM removals WHERE workspace_id = $1 AND message_id = $2")
        .bind(2, message_row)
        .run();
}

std::vector<Removal> Removals::unfinished()
{
    Statement statement = m_scope.prepare(
        "SELECT r.message_id, m.public_id, r.verb, r.asked_at FROM removals r JOIN messages m ON "
        "m.id = r.message_id WHERE r.workspace_id = $1 ORDER BY r.asked_at, r.message_id");
    std::vector<Removal> found;
    while (statement.step())
        found.push_back({.message_row = statement.integer(0),
                         .message_id = statement.text(1),
                         .verb = statement.text(2) == word(RemovalVerb::remove)
                                     ? RemovalVerb::remove
                                     : RemovalVerb::redact,
                         .asked_at = statement.instant(3)});
    return found;
}

std::optional<RemovedKey> Removals::by_key(std::string_view key)
{
    Statement statement = m_scope.prepare(
        "SELECT content_hash, removed_at FROM removed_messages WHERE workspace_id = $1 AND key = "
        "$2");
    if (!statement.bind(2, key).step())
        return std::nullopt;
    return RemovedKey{statement.text(0), statement.instant(1)};
}

bool Removals::had_provider_id(std::string_view provider_id)
{
    return m_scope
        .prepare("SELECT 1 FROM removed_messages WHERE workspace_id = $1 AND provider_id = $2")
        .bind(2, provider_id)
        .step();
}

} // namespace smsctl::store
