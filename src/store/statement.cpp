#include "store/statement.hpp"

#include "store/sqlite_impl.hpp"
#include "store/storage_error.hpp"

#include <sqlite3.h>

#include <mutex>
#include <utility>

namespace smsctl::store {

namespace {

constexpr int highest_parameter = 100;

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

template <typename Call>
auto translated(const Statement::Impl& impl, Call call)
{
    return translated(impl.connection.location, call);
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

int Connection::changed_rows() const
{
    return m_impl->database.getChanges();
}

Statement::Impl::Impl(Connection::Impl& owner, const std::string& sql, bool is_cached)
    : connection(owner), statement(owner.database, sql), cached(is_cached)
{
    // A statement put together from parts may leave numbers out.
    int left = statement.getBindParameterCount();
    for (int number = 1; left > 0 && number <= highest_parameter; ++number) {
        parameters.push_back(statement.getIndex(("$" + std::to_string(number)).c_str()));
        left -= parameters.back() != 0 ? 1 : 0;
    }
}

int Statement::Impl::index(int parameter)
{
    if (done) {
        statement.reset();
        done = false;
    }
    const auto at = static_cast<std::size_t>(parameter) - 1;
    return at < parameters.size() ? parameters[at] : 0; // 0: SQLite answers "out of range"
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
    m_impl->statement.tryReset();
    m_impl->statement.clearBindings();
    m_impl->done = false;
    m_impl->busy = false;
}

Statement::Statement(Statement&& other) noexcept : m_impl(std::exchange(other.m_impl, nullptr)) {}

Statement& Statement::bind(int parameter, std::int64_t value)
{
    translated(*m_impl, [&] { m_impl->statement.bind(m_impl->index(parameter), value); });
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view value)
{
    return bind(parameter, std::string(value));
}

Statement& Statement::bind(int parameter, const std::string& value)
{
    translated(*m_impl, [&] { m_impl->statement.bind(m_impl->index(parameter), value); });
    return *this;
}

Statement& Statement::bind(int parameter, Instant value)
{
    return bind(parameter, std::int64_t{value.time_since_epoch().count()});
}

Statement& Statement::bind(int parameter, std::nullopt_t /*null*/)
{
    translated(*m_impl, [&] { m_impl->statement.bind(m_impl->index(parameter)); });
    return *this;
}

Statement& Statement::bind_blob(int parameter, std::string_view bytes)
{
    // A null pointer would bind NULL.
    const char* const data = bytes.empty() ? "" : bytes.data();
    translated(*m_impl, [&] {
        m_impl->statement.bind(m_impl->index(parameter), data, static_cast<int>(bytes.size()));
    });
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
    const bool row = translated(*m_impl, [&] { return m_impl->statement.executeStep(); });
    m_impl->done = !row;
    return row;
}

int Statement::run()
{
    while (step()) {
    }
    const int changed = m_impl->statement.getChanges();
    m_impl->statement.tryReset();
    m_impl->done = false;
    return changed;
}

std::int64_t Statement::integer(int column) const
{
    return translated(*m_impl, [&] { return m_impl->statement.getColumn(column).getInt64(); });
}

std::string Statement::text(int column) const
{
    return translated(*m_impl, [&] { return m_impl->statement.getColumn(column).getString(); });
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
    return translated(*m_impl, [&] { return m_impl->statement.isColumnNull(column); });
}

} // namespace smsctl::store
