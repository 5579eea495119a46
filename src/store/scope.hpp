#pragma once

#include "core/clock.hpp"
#include "store/database.hpp"
#include "store/statement.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace smsctl::store {

/// SQL that names the workspace: `workspace_id` and `$1` must both occur, or it does not compile.
class ScopedSql {
public:
    consteval ScopedSql(const char* sql) : m_sql(sql) // NOLINT: implicit, so that a literal will do
    {
        if (m_sql.find("workspace_id") == std::string_view::npos ||
            m_sql.find("$1") == std::string_view::npos)
            throw "SQL on a workspace's rows must be bound to workspace_id = $1";
    }
    std::string_view text() const { return m_sql; }

private:
    std::string_view m_sql;
};

/// What LIMIT takes for a caller's `limit`, where 0 means all.
constexpr std::int64_t sql_limit(int limit)
{
    return limit > 0 ? limit : std::numeric_limits<std::int64_t>::max();
}

/// A database bound to one workspace: the only way to reach its rows. `$1` is the workspace in
/// every statement and is bound here.
class Scope {
public:
    Scope(Database& database, Workspace workspace);

    Statement prepare(ScopedSql sql);
    /// For a statement put together from parts: the same rule, checked when it runs.
    Statement prepare_built(const std::string& sql);

    Transaction begin() { return m_database->begin(); }
    /// Waits three times as long for a writer elsewhere that keeps the database locked: for what
    /// must not get lost, as answers that are here.
    Transaction begin_patiently();
    Database& database() { return *m_database; }
    const Workspace& workspace() const { return m_workspace; }
    std::int64_t last_insert_row();

private:
    Database* m_database;
    Workspace m_workspace;
};

} // namespace smsctl::store
