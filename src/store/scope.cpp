#include "store/scope.hpp"

#include "core/error.hpp"

#include <utility>

namespace smsctl::store {

Scope::Scope(Database& database, Workspace workspace)
    : m_database(&database), m_workspace(std::move(workspace))
{
}

Statement Scope::prepare(ScopedSql sql)
{
    Statement statement = m_database->connection().prepare_literal(sql.text());
    statement.bind(1, m_workspace.row);
    return statement;
}

Statement Scope::prepare_built(const std::string& sql)
{
    if (sql.find("workspace_id") == std::string::npos || sql.find("$1") == std::string::npos)
        throw Error(Exit::failed,
                    "internal.unscoped_sql",
                    "SQL on a workspace's rows must be bound to workspace_id = $1");
    Statement statement = m_database->connection().prepare(sql);
    statement.bind(1, m_workspace.row);
    return statement;
}

Transaction Scope::begin_patiently()
{
    constexpr int tries = 3;
    for (int attempt = 1;; ++attempt) {
        try {
            return begin();
        } catch (const Error& error) {
            if (error.code() != "storage.locked" || attempt == tries)
                throw;
        }
    }
}

std::int64_t Scope::last_insert_row()
{
    return m_database->connection().last_insert_row();
}

} // namespace smsctl::store
