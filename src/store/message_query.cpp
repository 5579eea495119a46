// The listings of messages, whose conditions are put together from what was asked.
#include "store/message_rows.hpp"
#include "store/messages.hpp"

#include <string>
#include <utility>
#include <variant>

namespace smsctl::store {

namespace {

/// Conditions joined by AND, each with at most one value; `$1` is the workspace's.
class Conditions {
public:
    void add(const std::string& before, std::variant<std::int64_t, std::string> value)
    {
        m_values.push_back(std::move(value));
        const std::string parameter = "$" + std::to_string(m_values.size() + 1);
        m_sql += " AND ";
        for (const char c : before) // '?' stands for the parameter, as often as it is needed
            m_sql += c == '?' ? parameter : std::string(1, c);
    }
    const std::string& sql() const { return m_sql; }
    void bind(Statement& statement) const
    {
        int parameter = 2;
        for (const auto& value : m_values) {
            std::visit([&](const auto& v) { statement.bind(parameter, v); }, value);
            ++parameter;
        }
    }

private:
    std::string m_sql = "WHERE m.workspace_id = $1";
    std::vector<std::variant<std::int64_t, std::string>> m_values;
};

std::int64_t millis(Instant instant)
{
    return instant.time_since_epoch().count();
}

Conditions conditions(const MessageQuery& query)
{
    Conditions made;
    if (query.direction)
        made.add("m.direction = ?", std::string(sms::word(*query.direction)));
    if (query.status)
        made.add("m.status = ?", std::string(sms::word(*query.status)));
    if (query.processed)
        made.add("m.processed = ?", std::int64_t{*query.processed});
    if (!query.with.empty())
        made.add("m.conversation_id IN (SELECT w.id FROM conversations w JOIN contacts c ON "
                 "c.id = w.contact_id WHERE w.workspace_id = $1 AND c.workspace_id = $1 AND "
                 "c.address = ?)",
                 query.with);
    if (!query.our_address.empty())
        made.add("((m.direction = 'inbound' AND m.to_address = ?) OR "
                 "(m.direction = 'outbound' AND m.from_address = ?))",
                 query.our_address);
    if (query.conversation_row != 0)
        made.add("m.conversation_id = ?", query.conversation_row);
    if (!query.tag.empty())
        made.add("m.tag = ?", query.tag);
    if (query.since)
        made.add("m.created_at >= ?", millis(*query.since));
    if (query.until)
        made.add("m.created_at < ?", millis(*query.until));
    return made;
}

} // namespace

std::vector<sms::Message> Messages::list(const MessageQuery& query)
{
    const Conditions wanted = conditions(query);
    std::string sql =
        select_message.c_str() + wanted.sql() + " ORDER BY m.created_at DESC, m.id DESC";
    if (query.limit > 0)
        sql += " LIMIT " + std::to_string(query.limit);
    Statement statement = m_scope.prepare_built(sql);
    wanted.bind(statement);
    return read_messages(m_scope, std::move(statement));
}

std::int64_t Messages::count(const MessageQuery& query)
{
    const Conditions wanted = conditions(query);
    Statement statement = m_scope.prepare_built("SELECT count(*) FROM messages m " + wanted.sql());
    wanted.bind(statement);
    statement.step();
    return statement.integer(0);
}

} // namespace smsctl::store
