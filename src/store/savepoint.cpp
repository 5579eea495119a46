#include "store/savepoint.hpp"

#include "core/error.hpp"

namespace smsctl::store {

Savepoint::Savepoint(Database& database) : m_connection(database.connection())
{
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
