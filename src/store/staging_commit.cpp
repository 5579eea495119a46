// A staged list becomes messages: set by set, so that a row costs what its index entries cost and
// nothing passes through our hands.
#include "sms/schedule.hpp"
#include "store/reference.hpp"
#include "store/staging.hpp"

#include <nlohmann/json.hpp>

namespace smsctl::store {

namespace {

std::string options_with(std::string_view status_callback)
{
    nlohmann::json options = nlohmann::json::object();
    if (!status_callback.empty())
        options["status_callback"] = status_callback;
    return options.dump();
}

/// The same, open for the milliseconds of "send_at".
std::string options_up_to_send_at(std::string_view status_callback)
{
    std::string options = options_with(status_callback);
    options.pop_back();
    return options + (options.size() > 1 ? "," : "") + "\"send_at\":";
}

} // namespace

std::string Staging::key_taken(std::int64_t first, std::int64_t last)
{
    Statement statement = m_scope.prepare(
        "SELECT s.key FROM staged s WHERE s.id BETWEEN $2 AND $3 AND s.verdict = '' AND EXISTS "
        "(SELECT 1 FROM messages m WHERE m.workspace_id = $1 AND m.key = s.key) LIMIT 1");
    if (statement.bind(2, first).bind(3, last).step())
        return statement.text(0);
    if (!keys_were_removed())
        return {};
    Statement removed = m_scope.prepare(
        "SELECT s.key FROM staged s JOIN removed_messages r ON r.workspace_id = $1 AND r.key = "
        "s.key WHERE s.id BETWEEN $2 AND $3 AND s.verdict = '' LIMIT 1");
    return removed.bind(2, first).bind(3, last).step() ? removed.text(0) : std::string();
}

void Staging::commit(sms::Batch& batch,
                     std::int64_t first,
                     std::int64_t last,
                     std::string_view status_callback,
                     Instant now)
{
    m_scope
        .prepare("INSERT INTO contacts (workspace_id, public_id, name, address, external_id, "
                 "time_zone, notes, created_at) SELECT $1, 'ct_' || ulid, 'Unknown (' || "
                 "to_address || ')', to_address, '', time_zone, '', $4 FROM staged WHERE "
                 "id BETWEEN $2 AND $3 AND verdict <> 'replay' ORDER BY id "
                 "ON CONFLICT (workspace_id, address) DO NOTHING")
        .bind(2, first)
        .bind(3, last)
        .bind(4, now)
        .run();
    // The ids that the messages will have, so that nothing written here is touched twice.
    const std::int64_t before = newest_message_row() - (first - 1);
    m_scope
        .prepare("INSERT INTO conversations (workspace_id, public_id, contact_id, our_address, "
                 "status, message_count, unread_count, last_message_at, last_message_id, "
                 "created_at) SELECT $1, 'conv_' || s.ulid, c.id, s.sender, 'open', 1, 0, $4, "
                 "s.id + $5, $4 FROM staged s JOIN contacts c ON c.workspace_id = $1 AND "
                 "c.address = s.to_address WHERE s.id BETWEEN $2 AND $3 AND s.verdict <> 'replay' "
                 "ORDER BY s.id ON CONFLICT (workspace_id, contact_id, our_address) DO UPDATE SET "
                 "message_count = message_count + 1, last_message_id = excluded.last_message_id, "
                 "last_message_at = excluded.last_message_at")
        .bind(2, first)
        .bind(3, last)
        .bind(4, now)
        .bind(5, before)
        .run();
    m_scope
        .prepare(
            "INSERT INTO messages (id, workspace_id, public_id, seq, direction, conversation_id, "
            "from_address, to_address, messaging_service_id, body, segments, encoding, status, "
            "status_at, failure_code, failure_text, key, content_hash, tag, provider, currency, "
            "attempts, processed, chat_id, response_id, created_at, batch_id, batch_row, "
            "scheduled_at, is_open) SELECT s.id + $8, $1, 'msg_' || s.ulid, $5, 'outbound', v.id, "
            "CASE WHEN s.sender LIKE 'MG%' AND length(s.sender) = 34 THEN '' ELSE s.sender END, "
            "s.to_address, "
            "CASE WHEN s.sender LIKE 'MG%' AND length(s.sender) = 34 THEN s.sender ELSE '' END, "
            "s.body, s.segments, s.encoding, "
            "CASE WHEN s.verdict = '' THEN 'planned' ELSE 'blocked' END, $4, s.verdict, s.reason, "
            "CASE WHEN s.verdict = '' THEN s.key END, s.content_hash, '', $6, '', 0, 0, '', '', "
            "$4, $7, s.record, s.due_at, CASE WHEN s.verdict = '' THEN 1 ELSE 0 END FROM staged s "
            "JOIN contacts c ON c.workspace_id = $1 "
            "AND c.address = s.to_address JOIN conversations v ON v.workspace_id = $1 AND "
            "v.contact_id = c.id AND v.our_address = s.sender WHERE s.id BETWEEN $2 AND $3 AND "
            "s.verdict <> 'replay' ORDER BY s.id")
        .bind(2, first)
        .bind(3, last)
        .bind(4, now)
        .bind(5, batch.seq)
        .bind(6, m_scope.workspace().provider)
        .bind(7, batch.row)
        .bind(8, before)
        .run();
    queue(first, last, before, status_callback, now);
    insert_media(first, last);
    Statement range = m_scope.prepare("SELECT min(id), max(id) FROM messages WHERE +workspace_id = "
                                      "$1 AND id > $2 AND batch_id = $3");
    range.bind(2, before + first - 1).bind(3, batch.row).step();
    if (range.is_null(0))
        return;
    if (batch.first_message_row == 0)
        batch.first_message_row = range.integer(0);
    batch.last_message_row = range.integer(1);
}

/// Their entries in the outbox; what a Messaging Service holds itself leaves at once.
void Staging::queue(std::int64_t first,
                    std::int64_t last,
                    std::int64_t before,
                    std::string_view status_callback,
                    Instant now)
{
    m_scope
        .prepare("INSERT INTO outbox (workspace_id, message_id, sender, due_at, is_scheduled, "
                 "options, attempts) SELECT $1, id + $5, sender, "
                 "CASE WHEN is_held THEN $4 ELSE coalesce(due_at, $4) END, due_at IS NOT NULL, "
                 "CASE WHEN is_held THEN $9 || due_at || '}' ELSE $8 END, 0 FROM (SELECT id, "
                 "sender, due_at, sender LIKE 'MG%' AND length(sender) = 34 AND coalesce(due_at "
                 "BETWEEN $6 AND $7, 0) AS is_held FROM staged WHERE id BETWEEN $2 AND $3 AND "
                 "verdict = '' ORDER BY id) AS sendable")
        .bind(2, first)
        .bind(3, last)
        .bind(4, now)
        .bind(5, before)
        .bind(6, now + sms::soonest_held)
        .bind(7, now + sms::longest_held)
        .bind(8, options_with(status_callback))
        .bind(9, options_up_to_send_at(status_callback))
        .run();
}

/// Of whatever workspace: the rows that are written next come behind it.
std::int64_t Staging::newest_message_row()
{
    Statement statement = connection().prepare("SELECT coalesce(max(id), 0) FROM messages");
    statement.step();
    return statement.integer(0);
}

void Staging::insert_media(std::int64_t first, std::int64_t last)
{
    Statement rows = connection().prepare("SELECT ulid, media FROM staged WHERE id BETWEEN $1 AND "
                                          "$2 AND media <> '' AND verdict <> 'replay'");
    rows.bind(1, first).bind(2, last);
    while (rows.step()) {
        int position = 0;
        for (const std::string& url :
             nlohmann::json::parse(rows.text(1)).get<std::vector<std::string>>())
            m_scope
                .prepare("INSERT INTO media (workspace_id, message_id, position, url, "
                         "content_type) SELECT workspace_id, id, $3, $4, '' FROM messages WHERE "
                         "workspace_id = $1 AND public_id = 'msg_' || $2")
                .bind(2, rows.text(0))
                .bind(3, position++)
                .bind(4, url)
                .run();
    }
}

} // namespace smsctl::store
