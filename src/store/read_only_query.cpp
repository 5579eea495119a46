// `db query`: a connection that cannot write, an authorizer that lets through reading alone, and
// one statement.
#include "core/crypto.hpp"
#include "core/error.hpp"
#include "store/database.hpp"
#include "store/migrations.hpp"
#include "store/sqlite_impl.hpp"
#include "store/storage_error.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <memory>
#include <string_view>

namespace smsctl::store {

namespace {

constexpr Millis busy_wait = std::chrono::seconds(10);
constexpr std::array<std::string_view, 7> harmless_pragmas{"table_info",
                                                           "table_xinfo",
                                                           "table_list",
                                                           "index_list",
                                                           "index_info",
                                                           "index_xinfo",
                                                           "foreign_key_list"};

std::string_view view(const char* text)
{
    return text != nullptr ? text : "";
}

/// Called by SQLite for every thing a statement would do, while it is prepared. What it lets pass
/// that would write is stopped by `sqlite3_stmt_readonly` and the read-only connection.
int authorize(void* /*unused*/,
              int action,
              const char* first,
              const char* second,
              const char* /*database*/,
              const char* /*trigger*/)
{
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_READ:
        // NULL stands where a credential does.
        return view(first) == "credentials" && view(second) == "value" ? SQLITE_IGNORE : SQLITE_OK;
    case SQLITE_PRAGMA:
        return std::ranges::find(harmless_pragmas, view(first)) != harmless_pragmas.end()
                   ? SQLITE_OK
                   : SQLITE_DENY;
    case SQLITE_CREATE_TABLE:
        return SQLITE_OK; // asked when json_each or pragma_table_info says what its columns are
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
        return view(first) == "sqlite_master" ? SQLITE_OK : SQLITE_DENY; // likewise
    default:
        return SQLITE_DENY;
    }
}

struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Handle = std::unique_ptr<sqlite3_stmt, Finalize>;

Error sql_error(const std::string& problem)
{
    return usage_error("usage.sql",
                       problem,
                       "`db query` takes one statement that reads; `db query 'SELECT name FROM "
                       "sqlite_schema'` lists the tables");
}

Handle prepare(sqlite3* database, std::string_view sql, std::string_view* rest)
{
    sqlite3_stmt* made = nullptr;
    const char* tail = nullptr;
    const int result =
        sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &made, &tail);
    Handle statement(made);
    if (result == SQLITE_AUTH)
        throw sql_error("only reading is allowed");
    if (result != SQLITE_OK)
        throw sql_error(fmt::format("SQLite says: {}", sqlite3_errmsg(database)));
    *rest = sql.substr(static_cast<std::size_t>(tail - sql.data()));
    return statement;
}

/// Nothing for an empty rest, white space or comments.
Handle only_statement(sqlite3* database, const std::string& sql)
{
    if (sql.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw sql_error("the statement is too long");
    std::string_view rest;
    Handle statement = prepare(database, sql, &rest);
    if (!statement)
        throw sql_error("there is no statement");
    while (!rest.empty())
        if (prepare(database, rest, &rest))
            throw sql_error("there is more than one statement");
    if (sqlite3_stmt_readonly(statement.get()) == 0)
        throw sql_error("only reading is allowed");
    return statement;
}

QueryValue value(sqlite3_stmt* statement, int column)
{
    const auto bytes = [&](const void* data) {
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        return std::string(static_cast<const char*>(data), data != nullptr ? size : 0);
    };
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
        return std::monostate();
    case SQLITE_INTEGER:
        return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT:
        return sqlite3_column_double(statement, column);
    case SQLITE_BLOB:
        return crypto::hex(bytes(sqlite3_column_blob(statement, column)));
    default:
        return bytes(sqlite3_column_text(statement, column));
    }
}

} // namespace

QueryResult query_read_only(const std::string& location, const std::string& sql, int limit)
{
    std::error_code ignored;
    if (!std::filesystem::exists(location, ignored))
        throw not_found_error("database", location, "check --db and SMSCTL_DB");
    Connection connection(location, false, true, busy_wait);
    identify(connection, location, Database::newest_schema_version());
    sqlite3* const database = connection.impl().database.getHandle();
    sqlite3_set_authorizer(database, authorize, nullptr);
    const Handle statement = only_statement(database, sql);

    QueryResult result;
    const int columns = sqlite3_column_count(statement.get());
    for (int column = 0; column < columns; ++column)
        result.columns.emplace_back(sqlite3_column_name(statement.get(), column));
    int state = sqlite3_step(statement.get());
    for (; state == SQLITE_ROW; state = sqlite3_step(statement.get())) {
        if (limit > 0 && result.rows.size() == static_cast<std::size_t>(limit)) {
            result.has_more = true;
            return result;
        }
        auto& row = result.rows.emplace_back();
        for (int column = 0; column < columns; ++column)
            row.push_back(value(statement.get(), column));
    }
    if (state == SQLITE_ERROR)
        throw sql_error(fmt::format("SQLite says: {}", sqlite3_errmsg(database)));
    if (state != SQLITE_DONE)
        throw storage_error(state, sqlite3_errmsg(database), location);
    return result;
}

} // namespace smsctl::store
