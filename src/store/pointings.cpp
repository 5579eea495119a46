#include "store/pointings.hpp"

#include "store/outbox.hpp"
#include "store/reference.hpp"
#include "store/sql_text.hpp"

namespace smsctl::store {

namespace {

constexpr SqlText select_pointing =
    "SELECT number_id, url, former_url, former_method, owner, owner_until FROM pointings "
    "WHERE workspace_id = $1 ";
constexpr SqlText by_number_sql = select_pointing + "AND number_id = $2";
constexpr SqlText changed_sql = select_pointing + "AND url <> '' ORDER BY number_id";

Pointing read(const Statement& row)
{
    Pointing pointing;
    pointing.number_row = row.integer(0);
    pointing.url = row.text(1);
    pointing.former_url = row.text(2);
    pointing.former_method = row.text(3);
    pointing.owner = row.text(4);
    pointing.owner_until = row.instant(5);
    return pointing;
}

} // namespace

std::optional<Pointing> Pointings::find(std::int64_t number_row)
{
    Statement statement = m_scope.prepare(by_number_sql.c_str());
    return statement.bind(2, number_row).step() ? std::optional(read(statement)) : std::nullopt;
}

std::vector<Pointing> Pointings::left_over(Instant now)
{
    std::vector<Pointing> found;
    Statement statement = m_scope.prepare(changed_sql.c_str());
    while (statement.step())
        if (Pointing pointing = read(statement); !holds(pointing.owner, pointing.owner_until, now))
            found.push_back(std::move(pointing));
    return found;
}

Pointing
Pointings::claim(std::int64_t number_row, std::string_view owner, Instant now, Instant until)
{
    Transaction transaction = m_scope.begin();
    const auto before = find(number_row);
    if (before && before->owner != owner && holds(before->owner, before->owner_until, now))
        return *before;
    const int written =
        m_scope
            .prepare("INSERT INTO pointings (number_id, workspace_id, url, former_url, "
                     "former_method, owner, owner_until) "
                     "SELECT id, $1, '', '', '', $3, $4 FROM numbers "
                     "WHERE workspace_id = $1 AND id = $2 ON CONFLICT (number_id) DO UPDATE SET "
                     "owner = excluded.owner, owner_until = excluded.owner_until")
            .bind(2, number_row)
            .bind(3, owner)
            .bind(4, until)
            .run();
    if (written == 0)
        throw foreign_row("number");
    const auto claimed = find(number_row);
    transaction.commit();
    return claimed.value();
}

bool Pointings::update(const Pointing& pointing)
{
    return m_scope
               .prepare("UPDATE pointings SET url = $4, former_url = $5, former_method = $6, "
                        "owner_until = $7 WHERE workspace_id = $1 AND number_id = $2 AND "
                        "owner = $3")
               .bind(2, pointing.number_row)
               .bind(3, pointing.owner)
               .bind(4, pointing.url)
               .bind(5, pointing.former_url)
               .bind(6, pointing.former_method)
               .bind(7, pointing.owner_until)
               .run() > 0;
}

bool Pointings::renew(std::int64_t number_row, std::string_view owner, Instant until)
{
    return m_scope
               .prepare("UPDATE pointings SET owner_until = $4 WHERE workspace_id = $1 AND "
                        "number_id = $2 AND owner = $3")
               .bind(2, number_row)
               .bind(3, owner)
               .bind(4, until)
               .run() > 0;
}

void Pointings::release(std::int64_t number_row, std::string_view owner)
{
    m_scope
        .prepare("DELETE FROM pointings WHERE workspace_id = $1 AND number_id = $2 AND "
                 "owner = $3 AND url = ''")
        .bind(2, number_row)
        .bind(3, owner)
        .run();
}

} // namespace smsctl::store
