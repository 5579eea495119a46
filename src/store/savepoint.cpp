#include "store/savepoint.hpp"

#include "core/error.hpp"
#include "store/sqlite_impl.hpp"

#include <sqlite3.h>

namespace smsctl::store {

Savepoint::Savepoint(Database& database) : m_connection(database.connection())
{
    // Once SQLite has rolled back the transaction itself (a full disk), a savepoint would be a
    // transaction of its own, committed by `keep`.
    if (sqlite3_get_autocommit(m_connection.impl().database.getHandle()) != 0)
        throw Error(Exit::storage,
                    "storage.rolled_back",
                    "the transaction was rolled back by an earlier failure",
                    "try again");
    m_connection.prepare("SAVEPOINT part").run();
}

Savepoint::~Savepoint()
{
    if (!m_open)
        return;
    try {
        m_connection.prepare("ROLLBACK TO part").run();
        m_connection.prepare("RELEASE part").run();
    } catch (const Error&) { // NOLINT(bugprone-empty-catch)
        // SQLite has rolled back the whole transaction already; its commit will say so.
    }
}

void Savepoint::keep()
{
    m_connection.prepare("RELEASE part").run();
    m_open = false;
}

} // namespace smsctl::store
