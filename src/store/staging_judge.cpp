// Which rows of a staged list may go, when, and from which sender: each question is asked of all
// rows in one statement, so that they never pass through our memory. ListPlan::judge decides the
// order.
#include "store/sql_text.hpp"
#include "store/staging.hpp"

namespace smsctl::store {

namespace {

/// Rows that may go so far, to people in one place at one time.
constexpr SqlText of_place("WHERE verdict = '' AND region = $1 AND time_zone = $2 AND "
                           "coalesce(due_at, 0) = coalesce($3, 0)");
constexpr SqlText mark_quiet_sql =
    SqlText("UPDATE staged SET verdict = 'blocked.quiet_hours', reason = $4 ") + of_place;
constexpr SqlText defer_sql = SqlText("UPDATE staged SET due_at = $4 ") + of_place;

Statement bound_to(const StagedPlace& place, Statement statement)
{
    statement.bind(1, place.region).bind(2, place.time_zone).bind(3, place.due_at);
    return statement;
}

} // namespace

void Staging::choose_senders(const std::vector<std::string>& senders)
{
    std::int64_t position = 0;
    for (const std::string& sender : senders)
        connection()
            .prepare("INSERT INTO staged_senders (position, address) VALUES ($1, $2)")
            .bind(1, position++)
            .bind(2, sender)
            .run();
    if (senders.size() > 1)
        m_scope
            .prepare("UPDATE staged SET sender = coalesce((SELECT v.our_address FROM contacts "
                     "c JOIN conversations v ON v.contact_id = c.id JOIN staged_senders s ON "
                     "s.address = v.our_address WHERE c.workspace_id = $1 AND "
                     "c.address = staged.to_address ORDER BY v.last_message_at DESC LIMIT 1), '') "
                     "WHERE sender = ''")
            .run();
    connection()
        .prepare("UPDATE staged SET sender = (SELECT s.address FROM staged_senders s "
                 "WHERE s.position = staged.share % $1) "
                 "WHERE sender = ''")
        .bind(1, static_cast<std::int64_t>(senders.size()))
        .run();
}

std::vector<std::int64_t> Staging::to_themselves()
{
    Statement statement =
        connection().prepare("SELECT record FROM staged WHERE sender = to_address ORDER BY id");
    std::vector<std::int64_t> records;
    while (statement.step())
        records.push_back(statement.integer(0));
    return records;
}

std::vector<std::string> Staging::misused_keys()
{
    Statement statement = m_scope.prepare(
        "SELECT key FROM staged WHERE key IS NOT NULL GROUP BY key "
        "HAVING min(content_hash) <> max(content_hash) UNION SELECT s.key FROM staged s "
        "JOIN messages m ON m.workspace_id = $1 AND m.key = s.key "
        "WHERE m.content_hash <> s.content_hash AND NOT EXISTS (SELECT 1 FROM batches b WHERE "
        "b.id = m.batch_id AND b.state = 'planning') ORDER BY 1 LIMIT 20");
    std::vector<std::string> keys;
    while (statement.step())
        keys.push_back(statement.text(0));
    if (!keys_were_removed())
        return keys;
    Statement removed = m_scope.prepare(
        "SELECT DISTINCT s.key FROM staged s JOIN removed_messages r ON r.workspace_id = $1 AND "
        "r.key = s.key WHERE r.content_hash <> s.content_hash ORDER BY 1 LIMIT 20");
    while (removed.step())
        keys.push_back(removed.text(0));
    return keys;
}

void Staging::mark_duplicates()
{
    // Most lists have none, and to find that out costs half of numbering them all.
    Statement any = connection().prepare(
        "SELECT 1 FROM staged GROUP BY coalesce(key, content_hash) HAVING count(*) > 1 LIMIT 1");
    if (!any.step())
        return;
    connection()
        .prepare("UPDATE staged SET verdict = 'blocked.duplicate', "
                 "reason = 'the same row is in the list before' WHERE id IN (SELECT id FROM "
                 "(SELECT id, row_number() OVER (PARTITION BY coalesce(key, content_hash) "
                 "ORDER BY id) AS nth FROM staged) AS numbered WHERE nth > 1)")
        .run();
}

void Staging::mark_replays()
{
    m_scope
        .prepare("UPDATE staged SET verdict = 'replay', reason = 'its key was used before' "
                 "WHERE verdict = '' AND key IS NOT NULL AND EXISTS (SELECT 1 FROM messages m "
                 "WHERE m.workspace_id = $1 AND m.key = staged.key AND NOT EXISTS (SELECT 1 FROM "
                 "batches b WHERE b.id = m.batch_id AND b.state = 'planning'))")
        .run();
    if (keys_were_removed())
        m_scope
            .prepare("UPDATE staged SET verdict = 'blocked.duplicate', reason = 'the message with "
                     "its key was removed' WHERE verdict = '' AND key IS NOT NULL AND EXISTS "
                     "(SELECT 1 FROM removed_messages r WHERE r.workspace_id = $1 AND r.key = "
                     "staged.key)")
            .run();
}

bool Staging::keys_were_removed()
{
    return m_scope
        .prepare("SELECT 1 FROM removed_messages WHERE workspace_id = $1 AND key IS NOT NULL LIMIT "
                 "1")
        .step();
}

void Staging::mark_opted_out()
{
    m_scope
        .prepare("UPDATE staged SET verdict = 'blocked.opt_out', "
                 "reason = to_address || ' opted out' WHERE verdict = '' AND EXISTS "
                 "(SELECT 1 FROM opt_outs o WHERE o.workspace_id = $1 AND "
                 "o.address = staged.to_address AND o.our_address IN (staged.sender, ''))")
        .run();
}

void Staging::use_contacts_zones()
{
    m_scope
        .prepare("UPDATE staged SET time_zone = coalesce((SELECT c.time_zone FROM contacts c "
                 "WHERE c.workspace_id = $1 AND c.address = staged.to_address), '') "
                 "WHERE time_zone = ''")
        .run();
}

std::vector<StagedPlace> Staging::places()
{
    Statement statement = connection().prepare(
        "SELECT DISTINCT region, time_zone, due_at FROM staged WHERE verdict = ''");
    std::vector<StagedPlace> places;
    while (statement.step())
        places.push_back({statement.text(0), statement.text(1), statement.maybe_instant(2)});
    return places;
}

void Staging::mark_quiet(const StagedPlace& place, std::string_view reason)
{
    bound_to(place, connection().prepare(mark_quiet_sql.c_str())).bind(4, reason).run();
}

void Staging::defer(const StagedPlace& place, Instant until)
{
    bound_to(place, connection().prepare(defer_sql.c_str())).bind(4, until).run();
}

} // namespace smsctl::store
