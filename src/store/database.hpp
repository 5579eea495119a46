#pragma once

#include "core/clock.hpp"
#include "store/statement.hpp"
#include "workspace/workspace.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace smsctl::store {

class Scope;

/// A transaction that takes the write lock at once (BEGIN IMMEDIATE) and rolls back unless
/// committed.
class Transaction {
public:
    explicit Transaction(Connection& connection);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit();

private:
    Connection& m_connection;
    bool m_open = true;
};

struct Migration {
    int version = 0;
    std::string_view name; ///< "0001_init.sql"
    std::string_view sql;
};

/// How a database is opened.
struct OpenOptions {
    std::string location; ///< a path, `:memory:`, or `postgresql://…` (refused: not built yet)
    bool create = true;   ///< false: a missing file is `not_found.database` (3)
    bool migrate = true;  ///< false: leave an older schema as it is
    Millis busy_timeout = std::chrono::seconds(10);
};

/// One SQLite file, opened by one thread. WAL, synchronous=FULL, foreign keys, mode 0600.
///
/// Opening brings an older schema forward after a backup beside the file; a newer one is refused
/// with `storage.newer_schema` (12). Everything that SQLite may say later (locked past the wait,
/// full, read-only, damaged) is thrown as Error with exit 12 and its own code: `storage.locked`,
/// `storage.full`, `storage.read_only`, `storage.damaged`, `storage.unreadable`.
class Database {
public:
    explicit Database(const OpenOptions& options);
    ~Database();
    Database(Database&&) noexcept;

    Transaction begin();
    /// The only way to a workspace's rows.
    Scope scope(const Workspace& workspace);
    /// For the tables that belong to no workspace; used inside store/ only.
    Connection& connection();

    const std::string& location() const;
    int schema_version();
    static int newest_schema_version();
    /// The steps from the file's version to the newest, in order.
    std::vector<Migration> pending_migrations();
    /// Applies them, after a backup; returns the backup's path, empty when none was needed.
    std::string migrate();
    /// Copies the whole database to `target` while others write; refuses a file that exists.
    void backup(const std::filesystem::path& target);
    /// What `PRAGMA integrity_check` and `foreign_key_check` find; empty when all is well.
    std::vector<std::string> check();
    /// Writes what the WAL holds to the file and empties it, so that old pages are nowhere; leaves
    /// it to the next when others are at work.
    void empty_log();
    /// Changes whenever another connection commits; cheap to ask.
    std::int64_t data_version();

private:
    std::unique_ptr<Connection> m_connection;
    std::string m_location;
};

/// Nothing for NULL, bytes in hex.
using QueryValue = std::variant<std::monostate, std::int64_t, double, std::string>;
struct QueryResult {
    std::vector<std::string> columns;
    std::vector<std::vector<QueryValue>> rows;
    bool has_more = false; ///< rows than were asked for
};

/// Runs one statement that reads (`db query`), for at most `limit` rows (0: all); refuses anything
/// that writes and shows no sealed credential. Throws `usage.sql` with what SQLite says.
QueryResult query_read_only(const std::string& location, const std::string& sql, int limit = 0);

} // namespace smsctl::store
