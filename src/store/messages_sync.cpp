// What a sync asks before it takes in what the provider lists.
#include "store/messages.hpp"
#include "store/sql_text.hpp"

namespace smsctl::store {

namespace {

constexpr SqlText select_unidentified =
    "SELECT m.from_address, m.to_address, m.messaging_service_id, m.body, m.created_at, m.is_open "
    "FROM messages m ";
// A planned one was certainly not sent.
constexpr SqlText unidentified_sql =
    select_unidentified +
    "WHERE m.workspace_id = $1 AND m.is_open = 1 AND m.provider_id IS NULL AND m.direction = "
    "'outbound' AND m.status <> 'planned'";
constexpr SqlText settled_sql =
    select_unidentified +
    "JOIN conversations v ON v.id = m.conversation_id JOIN contacts c ON c.id = v.contact_id WHERE "
    "c.workspace_id = $1 AND c.address = $2 AND m.bulk_request_id IS NOT NULL AND m.provider_id IS "
    "NULL AND m.is_open = 0";

std::vector<Unidentified> read(Statement& row)
{
    std::vector<Unidentified> found;
    while (row.step())
        found.push_back({.from = row.text(0),
                         .to = row.text(1),
                         .messaging_service_id = row.text(2),
                         .body = row.text(3),
                         .created_at = row.instant(4),
                         .is_settled = !row.boolean(5)});
    return found;
}

} // namespace

std::vector<Unidentified> Messages::unidentified()
{
    Statement statement = m_scope.prepare(unidentified_sql.c_str());
    return read(statement);
}

std::vector<Unidentified> Messages::settled_without_id(std::string_view address)
{
    Statement statement = m_scope.prepare(settled_sql.c_str());
    return read(statement.bind(2, address));
}

std::vector<std::string> Messages::short_texts_since(std::int64_t conversation_row, Instant at)
{
    Statement statement = m_scope.prepare(
        "SELECT body FROM messages WHERE workspace_id = $1 AND conversation_id = $2 AND created_at "
        "> $3 AND direction = 'inbound' AND length(body) < 32");
    statement.bind(2, conversation_row).bind(3, at);
    std::vector<std::string> texts;
    while (statement.step())
        texts.push_back(statement.text(0));
    return texts;
}

std::optional<Instant> Messages::oldest_unpriced(Instant outbound_since, Instant inbound_since)
{
    Statement statement = m_scope.prepare(
        "SELECT created_at FROM messages WHERE workspace_id = $1 AND created_at >= $2 AND "
        "price_micros IS NULL AND provider_id IS NOT NULL AND (direction = 'outbound' OR "
        "created_at >= $3) AND status NOT IN ('failed', 'canceled', 'rejected', 'blocked', "
        "'expired') ORDER BY created_at LIMIT 1");
    return statement.bind(2, outbound_since).bind(3, inbound_since).step()
               ? std::optional(statement.instant(0))
               : std::nullopt;
}

} // namespace smsctl::store
