#include "store/templates.hpp"

#include "core/error.hpp"
#include "store/reference.hpp"
#include "store/sql_text.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl::store {

namespace {

constexpr SqlText select_template = "SELECT id, public_id, name, body, created_at, updated_at FROM "
                                    "templates WHERE workspace_id = $1 ";
constexpr SqlText list_sql = select_template + "ORDER BY name LIMIT $2";
constexpr SqlText by_name_sql = select_template + "AND name = $2";
constexpr SqlText by_id_sql = select_template + "AND public_id = $2";
constexpr SqlText prefix_sql =
    select_template + "AND public_id >= $2 AND public_id < $3 ORDER BY id LIMIT $4";

std::vector<StoredTemplate> read(Statement& statement)
{
    std::vector<StoredTemplate> rows;
    while (statement.step())
        rows.push_back({.row = statement.integer(0),
                        .id = statement.text(1),
                        .name = statement.text(2),
                        .body = statement.text(3),
                        .created_at = statement.instant(4),
                        .updated_at = statement.instant(5)});
    return rows;
}

} // namespace

void Templates::insert(StoredTemplate& stored)
{
    Statement statement = m_scope.prepare(
        "INSERT INTO templates (workspace_id, public_id, name, body, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) RETURNING id");
    statement.bind(2, stored.id)
        .bind(3, stored.name)
        .bind(4, stored.body)
        .bind(5, stored.created_at)
        .bind(6, stored.updated_at)
        .step();
    stored.row = statement.integer(0);
    statement.run();
}

void Templates::update(const StoredTemplate& stored)
{
    Statement statement =
        m_scope.prepare("UPDATE templates SET name = $3, body = $4, updated_at = $5 "
                        "WHERE workspace_id = $1 AND id = $2");
    if (statement.bind(2, stored.row)
            .bind(3, stored.name)
            .bind(4, stored.body)
            .bind(5, stored.updated_at)
            .run() == 0)
        throw not_found_error("template", stored.name);
}

void Templates::remove(const StoredTemplate& stored)
{
    Statement statement =
        m_scope.prepare("DELETE FROM templates WHERE workspace_id = $1 AND id = $2");
    if (statement.bind(2, stored.row).run() == 0)
        throw not_found_error("template", stored.name);
}

std::vector<StoredTemplate> Templates::list(int limit)
{
    Statement statement = m_scope.prepare(list_sql.c_str());
    return read(statement.bind(2, sql_limit(limit)));
}

std::int64_t Templates::count()
{
    Statement statement = m_scope.prepare("SELECT count(*) FROM templates WHERE workspace_id = $1");
    statement.step();
    return statement.integer(0);
}

std::optional<StoredTemplate> Templates::find(std::string_view name)
{
    Statement statement = m_scope.prepare(by_name_sql.c_str());
    auto rows = read(statement.bind(2, name));
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

StoredTemplate Templates::resolve(std::string_view reference)
{
    if (auto named = find(reference))
        return *std::move(named);
    Statement by_id = m_scope.prepare(by_id_sql.c_str());
    std::vector<StoredTemplate> rows = read(by_id.bind(2, reference));
    const auto range = prefix_range(reference);
    if (rows.empty() && range) {
        Statement prefix = m_scope.prepare(prefix_sql.c_str());
        rows =
            read(prefix.bind(2, range->from).bind(3, range->to).bind(4, int{candidates_shown} + 1));
    }
    if (rows.empty())
        throw not_found_error("template", reference, "smsctl template list shows them");
    if (rows.size() == 1)
        return std::move(rows.front());
    std::vector<std::string> candidates;
    candidates.reserve(rows.size());
    for (const StoredTemplate& row : rows)
        candidates.push_back(fmt::format("{} ({})", row.id, row.name));
    throw ambiguous("template", reference, candidates);
}

} // namespace smsctl::store
