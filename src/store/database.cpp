#include "store/database.hpp"

#include "store/migrations.hpp"
#include "store/scope.hpp"
#include "store/sqlite_impl.hpp"
#include "store/storage_error.hpp"
#include "workspace/private_file.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace smsctl::store {

namespace {

constexpr std::string_view memory = ":memory:";
constexpr Millis retry_pause(5);

void refuse_other_engines(const std::string& location)
{
    if (location.empty())
        throw usage_error("usage.db", "the database's path is empty", "give --db a path");
    if (location.find("://") == std::string::npos)
        return;
    throw usage_error("usage.db",
                      fmt::format("{} databases are not built into this version of smsctl",
                                  location.substr(0, location.find("://"))),
                      "give --db a path to a SQLite file");
}

/// SQLite gives -wal and -shm the rights of the file they belong to, so the file is made first.
void make_file(const std::string& location)
{
    const std::filesystem::path path(location);
    try {
        make_private_folder(path.parent_path());
    } catch (const std::system_error& error) {
        throw file_error(error.code().value(), "create", path.parent_path().string());
    }
    const int descriptor = ::open(location.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0)
        ::close(descriptor);
    else if (errno != EEXIST)
        throw file_error(errno, "create", location);
}

void prepare_file(const OpenOptions& options)
{
    if (options.location == memory)
        return;
    struct stat found {};
    if (::stat(options.location.c_str(), &found) != 0) {
        if (errno != ENOENT)
            throw file_error(errno, "open", options.location);
        if (!options.create)
            throw not_found_error("database",
                                  options.location,
                                  "`smsctl workspace add` makes one; check --db and SMSCTL_DB");
        make_file(options.location);
    } else if (S_ISDIR(found.st_mode)) {
        throw file_error(EISDIR, "open", options.location);
    }
}

/// While another process makes the same fresh file a WAL database SQLite says "locked" without
/// any wait, so the wait is here.
void use_wal(Connection& connection, const OpenOptions& options)
{
    const auto deadline = std::chrono::steady_clock::now() + options.busy_timeout;
    while (true) {
        try {
            identify(connection, options.location, Database::newest_schema_version());
            connection.execute("PRAGMA journal_mode = WAL");
            return;
        } catch (const Error& error) {
            if (error.code() != "storage.locked" || std::chrono::steady_clock::now() >= deadline)
                throw;
        }
        std::this_thread::sleep_for(retry_pause);
    }
}

} // namespace

Transaction::Transaction(Connection& connection) : m_connection(connection)
{
    m_connection.prepare("BEGIN IMMEDIATE").run();
}

Transaction::~Transaction()
{
    // A full disk or a read error has rolled back already.
    sqlite3* const handle = m_connection.impl().database.getHandle();
    if (m_open && sqlite3_get_autocommit(handle) == 0)
        m_connection.impl().database.tryExec("ROLLBACK");
}

void Transaction::commit()
{
    m_connection.prepare("COMMIT").run();
    m_open = false;
}

Database::Database(const OpenOptions& options) : m_location(options.location)
{
    refuse_other_engines(m_location);
    prepare_file(options);
    m_connection = std::make_unique<Connection>(m_location, false, false, options.busy_timeout);
    use_wal(*m_connection, options);
    if (options.migrate)
        migrate();
}

Database::~Database() = default;
Database::Database(Database&&) noexcept = default;

Transaction Database::begin()
{
    return Transaction(*m_connection);
}

Scope Database::scope(const Workspace& workspace)
{
    return {*this, workspace};
}

Connection& Database::connection()
{
    return *m_connection;
}

const std::string& Database::location() const
{
    return m_location;
}

int Database::schema_version()
{
    return identify(*m_connection, m_location, newest_schema_version());
}

int Database::newest_schema_version()
{
    return embedded_migrations().back().version;
}

std::vector<Migration> Database::pending_migrations()
{
    const int version = schema_version();
    std::vector<Migration> pending;
    for (const Migration& step : embedded_migrations())
        if (step.version > version)
            pending.push_back(step);
    return pending;
}

std::string Database::migrate()
{
    return bring_forward(*m_connection, m_location, embedded_migrations());
}

void Database::backup(const std::filesystem::path& target)
{
    copy_database(*m_connection, m_location, target);
}

std::vector<std::string> Database::check()
{
    std::vector<std::string> findings;
    try {
        Statement integrity = m_connection->prepare("PRAGMA integrity_check");
        while (integrity.step())
            if (integrity.text(0) != "ok")
                findings.push_back(integrity.text(0));
        Statement references = m_connection->prepare("PRAGMA foreign_key_check");
        while (references.step())
            findings.push_back(fmt::format("row {} of {} refers to a row of {} that is not there",
                                           references.integer(1),
                                           references.text(0),
                                           references.text(2)));
    } catch (const Error& error) {
        if (error.code() != "storage.damaged")
            throw;
        findings.emplace_back(error.what());
    }
    return findings;
}

void Database::empty_log()
{
    m_connection->prepare("PRAGMA wal_checkpoint(TRUNCATE)").step();
}

std::int64_t Database::data_version()
{
    Statement statement = m_connection->prepare("PRAGMA data_version");
    statement.step();
    return statement.integer(0);
}

} // namespace smsctl::store
