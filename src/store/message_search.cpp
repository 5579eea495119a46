#include "store/message_search.hpp"

#include "store/leases.hpp"
#include "store/message_conditions.hpp"
#include "store/sqlite_impl.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace smsctl::store {

namespace {

constexpr std::string_view cursor = "search";
constexpr std::int64_t rows_a_piece = 2'000; // some 20 ms of the write lock
constexpr const char* from_matches =
    " FROM message_texts t CROSS JOIN messages m ON m.id = t.rowid ";

std::int64_t number(Statement statement)
{
    return statement.step() ? statement.integer(0) : 0;
}

/// A character that does not occur in `text`; nothing when all that would do are there.
std::optional<std::string> mark_for(const std::string& text)
{
    for (char mark = 1; mark < ' '; ++mark)
        if (text.find(mark) == std::string::npos)
            return std::string(1, mark);
    return std::nullopt;
}

Statement matching(Scope& scope,
                   const std::string& columns,
                   const std::string& rest,
                   const SearchText& text,
                   const MessageQuery& query)
{
    Conditions wanted(query);
    wanted.add("message_texts MATCH ?", text.expression());
    Statement statement =
        scope.prepare_built("SELECT " + columns + from_matches + wanted.sql() + rest);
    wanted.bind(statement);
    return statement;
}

} // namespace

std::int64_t MessageSearch::reached()
{
    return number(std::move(
        m_scope
            .prepare("SELECT CAST(value AS BIGINT) FROM cursors WHERE workspace_id = $1 AND name "
                     "= $2")
            .bind(2, cursor)));
}

void MessageSearch::catch_up(
    const std::function<bool(std::int64_t done, std::int64_t total)>& go_on)
{
    const std::int64_t began = reached();
    const std::int64_t newest = number(
        m_scope.database().connection().prepare("SELECT coalesce(max(id), 0) FROM messages"));
    for (std::int64_t done = began; done < newest;) {
        Transaction transaction = m_scope.begin();
        done = reached(); // another search may have been faster
        const std::int64_t to = std::min(done + rows_a_piece, newest);
        if (done < to) {
            m_scope
                .prepare("INSERT INTO message_texts (rowid, body) SELECT id, body FROM messages "
                         "WHERE +workspace_id = $1 AND id > $2 AND id <= $3 AND body <> ''")
                .bind(2, done)
                .bind(3, to)
                .run();
            Cursors(m_scope).set(cursor, std::to_string(to));
            done = to;
        }
        transaction.commit();
        if (!go_on(done - began, newest - began))
            return;
    }
}

std::vector<std::int64_t> MessageSearch::find(const SearchText& text, const MessageQuery& query)
{
    std::string order = " ORDER BY t.rank, m.created_at DESC, m.id DESC";
    if (query.limit > 0)
        order += " LIMIT " + std::to_string(query.limit);
    Statement statement = matching(m_scope, "m.id", order, text, query);
    std::vector<std::int64_t> rows;
    while (statement.step())
        rows.push_back(statement.integer(0));
    return rows;
}

std::int64_t MessageSearch::count(const SearchText& text, const MessageQuery& query)
{
    return number(matching(m_scope, "count(*)", "", text, query));
}

std::vector<std::string> MessageSearch::pieces(const SearchText& text, const sms::Message& message)
{
    const auto mark = mark_for(message.body);
    if (!mark)
        return {message.body};
    Statement statement = m_scope.prepare(
        "SELECT highlight(message_texts, 0, $4, $4) FROM message_texts CROSS JOIN messages m ON "
        "m.id = message_texts.rowid WHERE m.workspace_id = $1 AND message_texts MATCH $2 AND "
        "message_texts.rowid = $3");
    statement.bind(2, text.expression()).bind(3, message.row).bind(4, *mark);
    if (!statement.step())
        return {message.body};
    std::vector<std::string> cut;
    const std::string marked = statement.text(0);
    for (std::size_t from = 0; from != std::string::npos;) {
        const std::size_t to = marked.find(*mark, from);
        cut.push_back(marked.substr(from, to == std::string::npos ? to : to - from));
        from = to == std::string::npos ? to : to + 1;
    }
    return cut;
}

bool MessageSearch::forget(std::int64_t from, std::int64_t to, std::int64_t batch_row)
{
    const std::int64_t indexed = std::min(to, reached());
    if (from > indexed)
        return false;
    m_scope
        .prepare("INSERT INTO message_texts (message_texts, rowid, body) SELECT 'delete', id, body "
                 "FROM messages WHERE +workspace_id = $1 AND id BETWEEN $2 AND $3 AND body <> '' "
                 "AND ($4 = 0 OR batch_id = $4)")
        .bind(2, from)
        .bind(3, indexed)
        .bind(4, batch_row)
        .run();
    return true;
}

void MessageSearch::after_deletion()
{
    // Rows are given out over all workspaces, so this is about the cursors of all of them.
    m_scope.database()
        .connection()
        .prepare("UPDATE cursors SET value = (SELECT CAST(coalesce(max(id), 0) AS TEXT) FROM "
                 "messages) WHERE name = $1 AND CAST(value AS BIGINT) > (SELECT coalesce(max(id), "
                 "0) FROM messages)")
        .bind(1, cursor)
        .run();
}

void MessageSearch::purge()
{
    // What merging has left to do shows in how much it wrote, as SQLite's manual has it.
    Connection& connection = m_scope.database().connection();
    const auto merge = [&connection](int pages) {
        const int before = connection.impl().database.getTotalChanges();
        connection.prepare("INSERT INTO message_texts (message_texts, rank) VALUES ('merge', $1)")
            .bind(1, pages)
            .run();
        return connection.impl().database.getTotalChanges() - before;
    };
    constexpr int pages_a_piece = 500;
    merge(-pages_a_piece);
    while (merge(pages_a_piece) >= 2) {
    }
}

void MessageSearch::forget_all(Database& database)
{
    const bool is_used = database.connection()
                             .prepare("SELECT 1 FROM cursors WHERE name = $1")
                             .bind(1, cursor)
                             .step();
    if (!is_used)
        return;
    database.connection()
        .prepare("INSERT INTO message_texts (message_texts) VALUES ('delete-all')")
        .run();
    database.connection().prepare("DELETE FROM cursors WHERE name = $1").bind(1, cursor).run();
}

} // namespace smsctl::store
