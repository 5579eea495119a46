// Compiled by CTest with and without WITHOUT_WORKSPACE: the one must work, the other must not.
#include "store/scope.hpp"

#ifdef WITHOUT_WORKSPACE
constexpr smsctl::store::ScopedSql sql = "SELECT * FROM messages WHERE id = $1";
#else
constexpr smsctl::store::ScopedSql sql = "SELECT * FROM messages WHERE workspace_id = $1";
#endif

int main()
{
    return sql.text().empty() ? 1 : 0;
}
