#include "store/statement.hpp"

#include "store/sqlite_impl.hpp"
#include "store/storage_error.hpp"

#include <sqlite3.h>

#include <mutex>
#include <utility>

namespace smsctl::store {

namespace {

constexpr int highest_parameter = 200;

int flags(bool create, bool read_only)
{
    if (read_only)
        return SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX;
    return SQLite::OPEN_READWRITE | (create ? SQLite::OPEN_CREATE : 0) | SQLite::OPEN_NOMUTEX;
}

/// Runs `call`; what SQLite throws leaves as Error.
template <typename Call>
auto translated(const std::string& location, Call call)
{
    try {
        return call();
    } catch (const SQLite::Exception& exception) {
        throw storage_error(exception, location);
    }
}

/// SQLite would count every byte it takes, under a lock; nobody asks.
void stop_counting_memory()
{
    static std::once_flag once;
    std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

} // namespace

Connection::Impl::Impl(const std::string& where, bool create, bool read_only, Millis busy_timeout)
    : location(where),
      database(where, flags(create, read_only), static_cast<int>(busy_timeout.count()))
{
    sqlite3_extended_result_codes(database.getHandle(), 1);
}

Connection::Connection(const std::string& location,
                       bool create,
                       bool read_only,
                       Millis busy_timeout)
    : m_impl(translated(location, [&] {
          stop_counting_memory();
          return std::make_unique<Impl>(location, create, read_only, busy_timeout);
      }))
{
    // FULL, never NORMAL: a claim forgotten on power loss would be a message sent twice.
    execute("PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; "
            "PRAGMA wal_autocheckpoint = 10000; PRAGMA cache_size = -8000");
}

Connection::~Connection() = default;

Statement Connection::prepare(std::string_view sql)
{
    return translated(m_impl->location, [&] {
        auto& cache = m_impl->statements;
        auto found = cache.find(sql);
        if (found == cache.end())
            found = cache
                        .emplace(std::string(sql),
                                 std::make_unique<Statement::Impl>(*m_impl, std::string(sql), true))
                        .first;
        if (found->second->busy) // used by a caller further up: a second one, for this use only
            return Statement(
                *std::make_unique<Statement::Impl>(*m_impl, std::string(sql), false).release());
        return Statement(*found->second);
    });
}

Statement Connection::prepare_literal(std::string_view sql)
{
    Statement::Impl*& known = m_impl->literals[sql.data()];
    if (known != nullptr && !known->busy)
        return Statement(*known);
    Statement statement = prepare(sql);
    if (known == nullptr)
        known = m_impl->statements.find(sql)->second.get();
    return statement;
}

void Connection::execute(const std::string& sql)
{
    translated(m_impl->location, [&] { m_impl->database.exec(sql); });
}

std::int64_t Connection::last_insert_row() const
{
    return m_impl->database.getLastInsertRowid();
}

// Straight on SQLite's own functions: SQLiteCpp's statement takes a shared pointer for each column
// and a copy for each text, which was a twentieth of all that sending a message costs.
Statement::Impl::Impl(Connection::Impl& owner, const std::string& sql, bool is_cached)
    : connection(owner), cached(is_cached)
{
    sqlite3_stmt* made = nullptr;
    check(sqlite3_prepare_v3(owner.database.getHandle(),
                             sql.c_str(),
                             static_cast<int>(sql.size()) + 1,
                             is_cached ? SQLITE_PREPARE_PERSISTENT : 0,
                             &made,
                             nullptr));
    handle.reset(made);
    // A statement put together from parts may leave numbers out.
    int left = sqlite3_bind_parameter_count(made);
    for (int number = 1; left > 0 && number <= highest_parameter; ++number) {
        parameters.push_back(
            sqlite3_bind_parameter_index(made, ("$" + std::to_string(number)).c_str()));
        left -= parameters.back() != 0 ? 1 : 0;
    }
}

int Statement::Impl::index(int parameter)
{
    if (done)
        rewind();
    const auto at = static_cast<std::size_t>(parameter) - 1;
    return at < parameters.size() ? parameters[at] : 0; // 0: SQLite answers "out of range"
}

void Statement::Impl::check(int result) const
{
    if (result == SQLITE_OK)
        return;
    const char* const said = sqlite3_errmsg(connection.database.getHandle());
    throw storage_error(result, said, connection.location);
}

int Statement::Impl::checked(int column) const
{
    if (column < 0 || column >= sqlite3_data_count(handle.get()))
        check(SQLITE_RANGE);
    return column;
}

/// Errors of the last run come out of `step`, so they are no news here.
void Statement::Impl::rewind()
{
    sqlite3_reset(handle.get());
    done = false;
}

Statement::Statement(Impl& impl) : m_impl(&impl)
{
    m_impl->busy = true;
}

Statement::~Statement()
{
    if (m_impl == nullptr)
        return;
    if (!m_impl->cached) {
        delete m_impl;
        return;
    }
    m_impl->rewind();
    sqlite3_clear_bindings(m_impl->handle.get());
    m_impl->busy = false;
}

Statement::Statement(Statement&& other) noexcept : m_impl(std::exchange(other.m_impl, nullptr)) {}

Statement& Statement::bind(int parameter, std::int64_t value)
{
    const int index = m_impl->index(parameter);
    m_impl->check(sqlite3_bind_int64(m_impl->handle.get(), index, value));
    return *this;
}

void Statement::Impl::bind_text(int parameter, std::string_view value, sqlite3_destructor_type kept)
{
    // A null pointer would bind NULL.
    const char* const text = value.empty() ? "" : value.data();
    const int at = index(parameter);
    check(sqlite3_bind_text64(handle.get(), at, text, value.size(), kept, SQLITE_UTF8));
}

Statement& Statement::bind(int parameter, std::string_view value)
{
    m_impl->bind_text(parameter, value, SQLITE_TRANSIENT);
    return *this;
}

Statement& Statement::bind_kept(int parameter, std::string_view value)
{
    m_impl->bind_text(parameter, value, SQLITE_STATIC);
    return *this;
}

Statement& Statement::bind(int parameter, Instant value)
{
    return bind(parameter, std::int64_t{value.time_since_epoch().count()});
}

Statement& Statement::bind(int parameter, std::nullopt_t /*null*/)
{
    const int index = m_impl->index(parameter);
    m_impl->check(sqlite3_bind_null(m_impl->handle.get(), index));
    return *this;
}

Statement& Statement::bind_blob(int parameter, std::string_view bytes)
{
    const char* const data = bytes.empty() ? "" : bytes.data();
    const int index = m_impl->index(parameter);
    m_impl->check(
        sqlite3_bind_blob64(m_impl->handle.get(), index, data, bytes.size(), SQLITE_TRANSIENT));
    return *this;
}

Statement& Statement::bind_or_null(int parameter, std::string_view value)
{
    return value.empty() ? bind(parameter, std::nullopt) : bind(parameter, value);
}

bool Statement::step()
{
    if (m_impl->done)
        return false;
    const int result = sqlite3_step(m_impl->handle.get());
    if (result == SQLITE_ROW)
        return true;
    if (result != SQLITE_DONE)
        m_impl->check(result);
    m_impl->done = true;
    return false;
}

int Statement::run()
{
    while (step()) {
    }
    const int changed = sqlite3_changes(m_impl->connection.database.getHandle());
    m_impl->rewind();
    return changed;
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(m_impl->handle.get(), m_impl->checked(column));
}

std::string Statement::text(int column) const
{
    sqlite3_stmt* const handle = m_impl->handle.get();
    const auto* const bytes =
        static_cast<const char*>(sqlite3_column_blob(handle, m_impl->checked(column)));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle, column));
    return size == 0 ? std::string() : std::string(bytes, size);
}

Instant Statement::instant(int column) const
{
    return Instant(Millis(integer(column)));
}

std::optional<std::int64_t> Statement::maybe_integer(int column) const
{
    return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<Instant> Statement::maybe_instant(int column) const
{
    return is_null(column) ? std::nullopt : std::optional(instant(column));
}

bool Statement::is_null(int column) const
{
    return sqlite3_column_type(m_impl->handle.get(), m_impl->checked(column)) == SQLITE_NULL;
}

} // namespace smsctl::store
