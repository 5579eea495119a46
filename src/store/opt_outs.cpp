#include "store/opt_outs.hpp"

#include "core/id.hpp"

namespace smsctl::store {

std::optional<OptOut> OptOuts::find(std::string_view address, std::string_view our_address)
{
    Statement statement =
        m_scope.prepare("SELECT public_id, address, our_address, reason, created_at FROM opt_outs "
                        "WHERE workspace_id = $1 AND address = $2 AND our_address IN ($3, '') "
                        "ORDER BY CASE WHEN our_address = '' THEN 1 ELSE 0 END LIMIT 1");
    if (!statement.bind(2, address).bind(3, our_address).step())
        return std::nullopt;
    return OptOut{.id = statement.text(0),
                  .address = statement.text(1),
                  .our_address = statement.text(2),
                  .reason = statement.text(3),
                  .created_at = statement.instant(4)};
}

void OptOuts::add(std::string_view address,
                  std::string_view our_address,
                  std::string_view reason,
                  Instant now)
{
    m_scope
        .prepare("INSERT INTO opt_outs (workspace_id, public_id, address, our_address, reason, "
                 "created_at) VALUES ($1, $2, $3, $4, $5, $6) "
                 "ON CONFLICT (workspace_id, address, our_address) DO NOTHING")
        .bind(2, new_id("opt", now))
        .bind(3, address)
        .bind(4, our_address)
        .bind(5, reason)
        .bind(6, now)
        .run();
}

void OptOuts::remove(std::string_view address, std::string_view our_address)
{
    m_scope
        .prepare("DELETE FROM opt_outs WHERE workspace_id = $1 AND address = $2 AND "
                 "our_address = $3")
        .bind(2, address)
        .bind(3, our_address)
        .run();
}

} // namespace smsctl::store
