#include "store/conversations.hpp"

#include "core/id.hpp"
#include "store/reference.hpp"
#include "store/sql_text.hpp"

namespace smsctl::store {

namespace {

constexpr SqlText select_conversation =
    "SELECT v.id, v.public_id, v.contact_id, c.public_id, c.name, c.address, v.our_address, "
    "v.status, v.message_count, v.unread_count, v.last_message_at, m.body, v.created_at "
    "FROM conversations v JOIN contacts c ON c.id = v.contact_id "
    "LEFT JOIN messages m ON m.id = v.last_message_id WHERE v.workspace_id = $1 ";
constexpr SqlText newest_first = "ORDER BY v.last_message_at DESC NULLS LAST, v.id DESC";

constexpr SqlText by_pair_sql =
    select_conversation + "AND v.contact_id = $2 AND v.our_address = $3";
constexpr SqlText by_id_sql = select_conversation + "AND v.public_id = $2";
constexpr SqlText by_row_sql = select_conversation + "AND v.id = $2";
constexpr SqlText prefix_sql =
    select_conversation + "AND v.public_id >= $2 AND v.public_id < $3 ORDER BY v.id LIMIT $4";
constexpr SqlText with_sql =
    select_conversation + "AND c.workspace_id = $1 AND c.address = $2 " + newest_first;
constexpr SqlText unread = "AND v.unread_count > 0 ";

std::vector<sms::Conversation> read(Statement& statement)
{
    std::vector<sms::Conversation> conversations;
    while (statement.step())
        conversations.push_back({.row = statement.integer(0),
                                 .id = statement.text(1),
                                 .contact_row = statement.integer(2),
                                 .contact_id = statement.text(3),
                                 .contact_name = statement.text(4),
                                 .contact_address = statement.text(5),
                                 .our_address = statement.text(6),
                                 .status = statement.text(7) == "closed"
                                               ? sms::ConversationStatus::closed
                                               : sms::ConversationStatus::open,
                                 .message_count = statement.small(8),
                                 .unread_count = statement.small(9),
                                 .last_message_at = statement.maybe_instant(10),
                                 .last_message_body = statement.text(11),
                                 .created_at = statement.instant(12)});
    return conversations;
}

std::optional<sms::Conversation> first(Statement& statement)
{
    auto conversations = read(statement);
    return conversations.empty() ? std::nullopt : std::optional(std::move(conversations.front()));
}

std::optional<sms::Conversation>
of_pair(Scope& scope, std::int64_t contact_row, std::string_view our_address)
{
    Statement statement = scope.prepare(by_pair_sql.c_str());
    return first(statement.bind(2, contact_row).bind(3, our_address));
}

} // namespace

std::optional<ConversationKey> Conversations::key_of(std::string_view their_address,
                                                     std::string_view our_address)
{
    Statement statement = m_scope.prepare(
        "SELECT v.id, v.public_id FROM contacts c JOIN conversations v ON v.workspace_id = $1 AND "
        "v.contact_id = c.id AND v.our_address = $3 WHERE c.workspace_id = $1 AND c.address = $2");
    if (!statement.bind(2, their_address).bind(3, our_address).step())
        return std::nullopt;
    return ConversationKey{statement.integer(0), statement.text(1)};
}

sms::Conversation
Conversations::find_or_create(std::int64_t contact_row, std::string_view our_address, Instant now)
{
    if (auto known = of_pair(m_scope, contact_row, our_address))
        return *known;
    // WHERE keeps SQLite from reading ON as a join's.
    m_scope
        .prepare("INSERT INTO conversations (workspace_id, public_id, contact_id, our_address, "
                 "status, message_count, unread_count, created_at) "
                 "SELECT workspace_id, $3, id, $4, 'open', 0, 0, $5 FROM contacts "
                 "WHERE workspace_id = $1 AND id = $2 "
                 "ON CONFLICT (workspace_id, contact_id, our_address) DO NOTHING")
        .bind(2, contact_row)
        .bind(3, new_id("conv", now))
        .bind(4, our_address)
        .bind(5, now)
        .run();
    auto made = of_pair(m_scope, contact_row, our_address);
    if (!made)
        throw foreign_row("conversation");
    return *made;
}

std::optional<sms::Conversation> Conversations::by_id(std::string_view id)
{
    Statement statement = m_scope.prepare(by_id_sql.c_str());
    return first(statement.bind(2, id));
}

std::optional<sms::Conversation> Conversations::by_row(std::int64_t row)
{
    Statement statement = m_scope.prepare(by_row_sql.c_str());
    return first(statement.bind(2, row));
}

sms::Conversation Conversations::resolve(std::string_view reference)
{
    if (auto conversation = by_id(reference))
        return std::move(*conversation);
    std::vector<sms::Conversation> conversations;
    if (const auto range = prefix_range(reference)) {
        Statement prefix = m_scope.prepare(prefix_sql.c_str());
        conversations =
            read(prefix.bind(2, range->from).bind(3, range->to).bind(4, int{candidates_shown} + 1));
    }
    if (conversations.empty())
        throw not_found_error("conversation", reference, "smsctl inbox lists them");
    if (conversations.size() == 1)
        return std::move(conversations.front());
    std::vector<std::string> candidates;
    candidates.reserve(conversations.size());
    for (const sms::Conversation& conversation : conversations)
        candidates.push_back(conversation.id + " (" + conversation.contact_address + ")");
    throw ambiguous("conversation", reference, candidates);
}

std::vector<sms::Conversation> Conversations::with(std::string_view address)
{
    Statement statement = m_scope.prepare(with_sql.c_str());
    return read(statement.bind(2, address));
}

void Conversations::add_message(std::int64_t row, std::int64_t message_row, Instant at, bool unread)
{
    const int changed =
        m_scope
            .prepare("UPDATE conversations SET message_count = message_count + 1, "
                     "unread_count = unread_count + $5, "
                     "status = CASE WHEN $5 = 1 THEN 'open' ELSE status END, "
                     "last_message_id = CASE WHEN last_message_at IS NULL OR last_message_at <= $4 "
                     "THEN $3 ELSE last_message_id END, "
                     "last_message_at = CASE WHEN last_message_at IS NULL OR last_message_at <= $4 "
                     "THEN $4 ELSE last_message_at END "
                     "WHERE workspace_id = $1 AND id = $2 AND EXISTS (SELECT 1 FROM messages WHERE "
                     "workspace_id = $1 AND id = $3 AND conversation_id = $2)")
            .bind(2, row)
            .bind(3, message_row)
            .bind(4, at)
            .bind(5, unread)
            .run();
    if (changed == 0)
        throw foreign_row("conversation's message");
}

void Conversations::mark_read(std::int64_t row)
{
    m_scope.prepare("UPDATE conversations SET unread_count = 0 WHERE workspace_id = $1 AND id = $2")
        .bind(2, row)
        .run();
}

std::vector<sms::Conversation>
Conversations::list(bool unread_only, int limit, const std::optional<ConversationPlace>& before)
{
    // Each part of what stands behind a place is walked by the index on its own, as in Messages.
    std::vector<const char*> parts{""};
    if (before && before->last_message_at)
        parts = {"AND v.last_message_at = $3 AND v.id < $4 ",
                 "AND v.last_message_at < $3 ",
                 "AND v.last_message_at IS NULL "};
    else if (before)
        parts = {"AND v.last_message_at IS NULL AND v.id < $4 "};
    std::vector<sms::Conversation> page;
    for (const std::string part : parts) {
        const std::int64_t missing = sql_limit(limit) - static_cast<std::int64_t>(page.size());
        Statement statement = m_scope.prepare_built(select_conversation.c_str() + part +
                                                    (unread_only ? unread.c_str() : "") +
                                                    newest_first.c_str() + " LIMIT $2");
        statement.bind(2, missing);
        if (part.find("$3") != std::string::npos)
            statement.bind(3, before->last_message_at);
        if (part.find("$4") != std::string::npos)
            statement.bind(4, before->row);
        for (sms::Conversation& conversation : read(statement))
            page.push_back(std::move(conversation));
    }
    return page;
}

std::int64_t Conversations::count(bool unread_only)
{
    Statement statement = m_scope.prepare(
        "SELECT count(*) FROM conversations WHERE workspace_id = $1 AND unread_count >= $2");
    statement.bind(2, unread_only ? 1 : 0).step();
    return statement.integer(0);
}

} // namespace smsctl::store
