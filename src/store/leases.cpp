#include "store/leases.hpp"

#include "store/outbox.hpp"

namespace smsctl::store {

bool Leases::take(std::string_view name, std::string_view owner, Instant now, Millis length)
{
    Transaction transaction = m_scope.begin();
    Statement held = m_scope.prepare(
        "SELECT owner, expires_at FROM leases WHERE workspace_id = $1 AND name = $2");
    if (held.bind(2, name).step()) {
        const std::string holder = held.text(0);
        if (holder != owner && held.instant(1) > now && liveness(holder) != Liveness::gone)
            return false;
    }
    m_scope
        .prepare("INSERT INTO leases (workspace_id, name, owner, expires_at) "
                 "VALUES ($1, $2, $3, $4) ON CONFLICT (workspace_id, name) DO UPDATE SET "
                 "owner = excluded.owner, expires_at = excluded.expires_at")
        .bind(2, name)
        .bind(3, owner)
        .bind(4, now + length)
        .run();
    transaction.commit();
    return true;
}

void Leases::release(std::string_view name, std::string_view owner)
{
    m_scope.prepare("DELETE FROM leases WHERE workspace_id = $1 AND name = $2 AND owner = $3")
        .bind(2, name)
        .bind(3, owner)
        .run();
}

std::string Cursors::get(std::string_view name)
{
    Statement statement =
        m_scope.prepare("SELECT value FROM cursors WHERE workspace_id = $1 AND name = $2");
    return statement.bind(2, name).step() ? statement.text(0) : std::string();
}

void Cursors::set(std::string_view name, std::string_view value)
{
    m_scope
        .prepare("INSERT INTO cursors (workspace_id, name, value) VALUES ($1, $2, $3) "
                 "ON CONFLICT (workspace_id, name) DO UPDATE SET value = excluded.value")
        .bind(2, name)
        .bind(3, value)
        .run();
}

void Cursors::remove(std::string_view name)
{
    m_scope.prepare("DELETE FROM cursors WHERE workspace_id = $1 AND name = $2")
        .bind(2, name)
        .run();
}

} // namespace smsctl::store
