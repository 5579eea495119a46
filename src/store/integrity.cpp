// What SQLite's own checks cannot know: whether the schema is the one that the migrations make, and
// whether what is counted and repeated in rows agrees with what it counts and repeats.
#include "store/integrity.hpp"

#include "core/error.hpp"
#include "store/message_search.hpp"
#include "store/migrations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace smsctl::store {

namespace {

constexpr std::size_t most_of_a_kind = 10;

/// A rule about rows: the query names those that break it, in one column.
struct Rule {
    Finding::Kind kind;
    bool can_be_repaired;
    const char* broken_by;
    const char* repair;
};

constexpr auto counter = Finding::Kind::counter;
constexpr auto damage = Finding::Kind::damage;

constexpr std::array rules{
    Rule{counter,
         true,
         "SELECT 'message_count of ' || public_id || ' is ' || message_count || ', and it has ' || "
         "n FROM (SELECT v.public_id, v.message_count, (SELECT count(*) FROM messages m WHERE "
         "m.conversation_id = v.id) AS n FROM conversations v) AS counted WHERE message_count <> n",
         "UPDATE conversations SET message_count = (SELECT count(*) FROM messages m WHERE "
         "m.conversation_id = conversations.id) WHERE message_count <> (SELECT count(*) FROM "
         "messages m WHERE m.conversation_id = conversations.id)"},
    Rule{counter,
         true,
         "SELECT 'unread_count of ' || public_id || ' is ' || unread_count || ', and ' || n || ' "
         "came in' FROM (SELECT v.public_id, v.unread_count, (SELECT count(*) FROM messages m "
         "WHERE m.conversation_id = v.id AND m.direction = 'inbound') AS n FROM conversations v "
         "WHERE v.unread_count <> 0) AS counted WHERE unread_count < 0 OR unread_count > n",
         "UPDATE conversations SET unread_count = max(0, min(unread_count, (SELECT count(*) FROM "
         "messages m WHERE m.conversation_id = conversations.id AND m.direction = 'inbound'))) "
         "WHERE unread_count <> 0"},
    Rule{counter,
         true,
         "SELECT 'last message of ' || public_id || ' is not its newest' FROM conversations v "
         "WHERE v.last_message_at IS NOT (SELECT max(m.created_at) FROM messages m WHERE "
         "m.conversation_id = v.id) OR (v.last_message_id IS NOT NULL AND NOT EXISTS (SELECT 1 "
         "FROM messages m WHERE m.id = v.last_message_id AND m.conversation_id = v.id))",
         "UPDATE conversations SET (last_message_id, last_message_at) = (SELECT m.id, m.created_at "
         "FROM messages m WHERE m.conversation_id = conversations.id ORDER BY m.created_at DESC, "
         "m.id DESC LIMIT 1) WHERE last_message_at IS NOT (SELECT max(m.created_at) FROM messages "
         "m WHERE m.conversation_id = conversations.id) OR NOT EXISTS (SELECT 1 FROM messages m "
         "WHERE m.id = conversations.last_message_id AND m.conversation_id = conversations.id)"},
    Rule{counter,
         true,
         "SELECT 'is_open of ' || public_id || ' is ' || is_open || ', and it is ' || status FROM "
         "messages WHERE is_open <> (status IN ('planned', 'submitting', 'in_doubt', 'scheduled', "
         "'accepted', 'queued', 'sending', 'sent'))",
         "UPDATE messages SET is_open = 1 - is_open WHERE is_open <> (status IN ('planned', "
         "'submitting', 'in_doubt', 'scheduled', 'accepted', 'queued', 'sending', 'sent'))"},
    Rule{damage,
         false,
         "SELECT m.public_id || ' and its conversation are of different workspaces' FROM messages "
         "m JOIN conversations v ON v.id = m.conversation_id WHERE v.workspace_id <> "
         "m.workspace_id",
         ""},
    Rule{damage,
         false,
         "SELECT v.public_id || ' and its contact are of different workspaces' FROM conversations "
         "v JOIN contacts c ON c.id = v.contact_id WHERE c.workspace_id <> v.workspace_id",
         ""},
    Rule{damage,
         false,
         "SELECT m.public_id || ' is of a batch that is not there' FROM messages m WHERE "
         "m.batch_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.id = m.batch_id "
         "AND b.workspace_id = m.workspace_id)",
         ""},
    Rule{damage,
         false,
         "SELECT 'an outbox entry of ' || m.public_id || ' is of another workspace' FROM outbox o "
         "JOIN messages m ON m.id = o.message_id WHERE o.workspace_id <> m.workspace_id",
         ""},
};

struct Object {
    std::string type;
    std::string sql; ///< one space where any white space was
};

std::string one_line(const std::string& sql)
{
    std::string text;
    for (const char c : sql) {
        const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
        if (!space)
            text += c;
        else if (!text.empty() && text.back() != ' ')
            text += ' ';
    }
    return text;
}

std::map<std::string, Object> objects(Connection& connection)
{
    Statement statement = connection.prepare(
        "SELECT name, type, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' "
        "ESCAPE '\\' ORDER BY name");
    std::map<std::string, Object> found;
    while (statement.step())
        found[statement.text(0)] = {statement.text(1), one_line(statement.text(2))};
    return found;
}

/// What the migrations up to `version` make.
std::map<std::string, Object> expected_objects(int version)
{
    Connection fresh(":memory:", true, false, Millis(0));
    for (const Migration& step : embedded_migrations())
        if (step.version <= version)
            fresh.execute(std::string(step.sql));
    return objects(fresh);
}

/// What SQLite says of an index that lacks entries of its table, or has too many.
bool is_about_index(const std::string& said)
{
    return said.find("missing from index") != std::string::npos ||
           said.find("entries in index") != std::string::npos ||
           said.find("non-unique entry in index") != std::string::npos;
}

} // namespace

std::vector<Finding> Integrity::check()
{
    std::vector<Finding> findings;
    check_file(findings);
    if (!findings.empty() && findings.front().kind == Finding::Kind::damage)
        return findings; // nothing else that was read could be believed
    check_schema(findings);
    const bool is_newest = m_database.schema_version() == Database::newest_schema_version();
    const bool has_tables = std::none_of(findings.begin(), findings.end(), [](const auto& finding) {
        return finding.kind == Finding::Kind::schema && !finding.can_be_repaired;
    });
    if (is_newest && has_tables) {
        check_rows(findings);
        check_search(findings);
    }
    return findings;
}

void Integrity::check_file(std::vector<Finding>& findings)
{
    for (std::string& said : m_database.check()) {
        const bool index = is_about_index(said);
        findings.push_back(
            {index ? Finding::Kind::index : Finding::Kind::damage, std::move(said), index});
        if (findings.size() == most_of_a_kind)
            break;
    }
    std::stable_sort(findings.begin(), findings.end(), [](const auto& left, const auto& right) {
        return left.kind < right.kind;
    });
}

void Integrity::check_schema(std::vector<Finding>& findings)
{
    const auto actual = objects(m_database.connection());
    const auto expected = expected_objects(m_database.schema_version());
    const auto add = [&findings](const std::string& text, bool can_be_repaired) {
        findings.push_back({Finding::Kind::schema, text, can_be_repaired});
    };
    for (const auto& [name, object] : expected) {
        const auto found = actual.find(name);
        if (found == actual.end())
            add(fmt::format("the {} {} is missing", object.type, name), object.type == "index");
        else if (found->second.sql != object.sql)
            add(fmt::format("the {} {} is not as the migrations made it", object.type, name),
                object.type == "index");
    }
    for (const auto& [name, object] : actual)
        if (!expected.contains(name))
            add(fmt::format("the {} {} is none of smsctl's", object.type, name), false);
}

void Integrity::check_rows(std::vector<Finding>& findings)
{
    for (const Rule& rule : rules) {
        Statement statement = m_database.connection().prepare(
            fmt::format("{} LIMIT {}", rule.broken_by, most_of_a_kind));
        while (statement.step())
            findings.push_back({rule.kind, statement.text(0), rule.can_be_repaired});
    }
}

void Integrity::check_search(std::vector<Finding>& findings)
{
    try {
        m_database.connection().execute(
            "INSERT INTO message_texts (message_texts) VALUES ('integrity-check')");
    } catch (const Error& error) {
        if (error.code() != "storage.damaged")
            throw;
        findings.push_back({Finding::Kind::index, "the index of message search is broken", true});
    }
}

void Integrity::repair()
{
    Connection& connection = m_database.connection();
    std::vector<Finding> broken_search;
    check_search(broken_search);
    Transaction transaction = m_database.begin();
    const auto actual = objects(connection);
    for (const auto& [name, object] : expected_objects(m_database.schema_version())) {
        const auto found = actual.find(name);
        if (object.type != "index" || (found != actual.end() && found->second.sql == object.sql))
            continue;
        connection.execute(fmt::format("DROP INDEX IF EXISTS {}", name));
        connection.execute(object.sql);
    }
    for (const Rule& rule : rules)
        if (rule.can_be_repaired)
            connection.prepare(rule.repair).run();
    if (!broken_search.empty())
        MessageSearch::forget_all(m_database);
    connection.execute("REINDEX");
    transaction.commit();
}

} // namespace smsctl::store
