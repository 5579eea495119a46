#include "store/reply_rules.hpp"

#include "core/error.hpp"
#include "store/reference.hpp"
#include "store/sql_text.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl::store {

namespace {

constexpr SqlText select_rule =
    "SELECT r.id, r.public_id, coalesce(r.template_id, 0), coalesce(t.name, ''), "
    "coalesce(t.body, r.body), r.created_at FROM reply_rules r "
    "LEFT JOIN templates t ON t.id = r.template_id WHERE r.workspace_id = $1 ";
constexpr SqlText list_sql = select_rule + "ORDER BY r.id LIMIT $2";
constexpr SqlText of_template_sql = select_rule + "AND r.template_id = $2 ORDER BY r.id LIMIT 1";
constexpr SqlText of_keyword_sql =
    select_rule + "AND r.id = (SELECT rule_id FROM reply_keywords WHERE workspace_id = $1 AND "
                  "keyword = $2)";
constexpr SqlText by_id_sql = select_rule + "AND r.public_id = $2";
constexpr SqlText prefix_sql =
    select_rule + "AND r.public_id >= $2 AND r.public_id < $3 ORDER BY r.id LIMIT $4";

const std::string no_text;

std::optional<ReplyRule> first(std::vector<ReplyRule> rows)
{
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

} // namespace

std::vector<ReplyRule> ReplyRules::read(Statement statement)
{
    std::vector<ReplyRule> rules;
    while (statement.step())
        rules.push_back({.row = statement.integer(0),
                         .id = statement.text(1),
                         .keywords = {},
                         .template_row = statement.integer(2),
                         .template_name = statement.text(3),
                         .text = statement.text(4),
                         .created_at = statement.instant(5)});
    for (ReplyRule& rule : rules) {
        Statement keyword = m_scope.prepare("SELECT keyword FROM reply_keywords WHERE "
                                            "workspace_id = $1 AND rule_id = $2 ORDER BY position");
        keyword.bind(2, rule.row);
        while (keyword.step())
            if (!keyword.text(0).empty())
                rule.keywords.push_back(keyword.text(0));
    }
    return rules;
}

void ReplyRules::insert(ReplyRule& rule)
{
    Statement statement = m_scope.prepare(
        rule.template_row == 0
            ? ScopedSql("INSERT INTO reply_rules (workspace_id, public_id, body, created_at) "
                        "SELECT id, $2, $3, $4 FROM workspaces WHERE id = $1")
            : ScopedSql("INSERT INTO reply_rules (workspace_id, public_id, body, created_at, "
                        "template_id) SELECT workspace_id, $2, $3, $4, id FROM templates WHERE "
                        "workspace_id = $1 AND id = $5"));
    statement.bind(2, rule.id)
        .bind(3, std::string_view(rule.template_row == 0 ? rule.text : no_text))
        .bind(4, rule.created_at);
    if (rule.template_row != 0)
        statement.bind(5, rule.template_row);
    if (statement.run() == 0)
        throw foreign_row("reply");
    rule.row = m_scope.last_insert_row();
    int position = 0;
    const std::vector<std::string> any = {""};
    for (const std::string& keyword : rule.keywords.empty() ? any : rule.keywords)
        m_scope
            .prepare("INSERT INTO reply_keywords (workspace_id, keyword, rule_id, position) "
                     "VALUES ($1, $2, $3, $4)")
            .bind(2, keyword)
            .bind(3, rule.row)
            .bind(4, position++)
            .run();
}

void ReplyRules::remove(const ReplyRule& rule)
{
    if (m_scope.prepare("DELETE FROM reply_rules WHERE workspace_id = $1 AND id = $2")
            .bind(2, rule.row)
            .run() == 0)
        throw not_found_error("reply", rule.id);
}

std::vector<ReplyRule> ReplyRules::list(int limit)
{
    return read(std::move(m_scope.prepare(list_sql.c_str()).bind(2, sql_limit(limit))));
}

std::int64_t ReplyRules::count()
{
    Statement statement =
        m_scope.prepare("SELECT count(*) FROM reply_rules WHERE workspace_id = $1");
    statement.step();
    return statement.integer(0);
}

std::optional<ReplyRule> ReplyRules::of_keyword(std::string_view keyword)
{
    return first(read(std::move(m_scope.prepare(of_keyword_sql.c_str()).bind(2, keyword))));
}

std::optional<ReplyRule> ReplyRules::of_template(std::int64_t template_row)
{
    return first(read(std::move(m_scope.prepare(of_template_sql.c_str()).bind(2, template_row))));
}

ReplyRule ReplyRules::resolve(std::string_view reference, std::string_view keyword)
{
    if (!keyword.empty())
        if (auto named = of_keyword(keyword))
            return *std::move(named);
    std::vector<ReplyRule> rules =
        read(std::move(m_scope.prepare(by_id_sql.c_str()).bind(2, reference)));
    const auto range = prefix_range(reference);
    if (rules.empty() && range) {
        Statement prefix = m_scope.prepare(prefix_sql.c_str());
        prefix.bind(2, range->from).bind(3, range->to).bind(4, int{candidates_shown} + 1);
        rules = read(std::move(prefix));
    }
    if (rules.empty())
        throw not_found_error("reply", reference, "smsctl reply list shows them");
    if (rules.size() == 1)
        return std::move(rules.front());
    std::vector<std::string> candidates;
    candidates.reserve(rules.size());
    for (const ReplyRule& rule : rules)
        candidates.push_back(
            fmt::format("{} ({})", rule.id, rule.keywords.empty() ? "any" : rule.keywords.front()));
    throw ambiguous("reply", reference, candidates);
}

} // namespace smsctl::store
