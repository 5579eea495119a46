#include "store/message_conditions.hpp"

#include <utility>

namespace smsctl::store {

namespace {

std::int64_t millis(Instant instant)
{
    return instant.time_since_epoch().count();
}

} // namespace

Conditions::Conditions(const MessageQuery& query)
{
    // With a conversation its own index is the one to walk, so that of the workspace is kept out.
    if (!query.with.empty() || query.conversation_row != 0)
        m_workspace = "WHERE +m.workspace_id = $1";
    if (query.direction)
        add("m.direction = ?", std::string(sms::word(*query.direction)));
    if (query.status)
        add("m.status = ?", std::string(sms::word(*query.status)));
    if (query.processed)
        add("m.processed = ?", std::int64_t{*query.processed});
    if (!query.with.empty())
        add("m.conversation_id IN (SELECT w.id FROM conversations w JOIN contacts c ON "
            "c.id = w.contact_id WHERE w.workspace_id = $1 AND c.workspace_id = $1 AND "
            "c.address = ?)",
            query.with);
    if (!query.our_address.empty())
        add("((m.direction = 'inbound' AND m.to_address = ?) OR "
            "(m.direction = 'outbound' AND m.from_address = ?))",
            query.our_address);
    if (query.conversation_row != 0)
        add("m.conversation_id = ?", query.conversation_row);
    if (!query.tag.empty())
        add("m.tag = ?", query.tag);
    if (query.since)
        add("m.created_at >= ?", millis(*query.since));
    if (query.until)
        add("m.created_at < ?", millis(*query.until));
}

void Conditions::add(const std::string& condition, std::variant<std::int64_t, std::string> value)
{
    m_values.push_back(std::move(value));
    const std::string parameter = "$" + std::to_string(m_values.size() + 1);
    m_sql += " AND ";
    for (const char c : condition)
        m_sql += c == '?' ? parameter : std::string(1, c);
}

std::string Conditions::sql() const
{
    return m_workspace + m_sql;
}

void Conditions::bind(Statement& statement) const
{
    int parameter = 2;
    for (const auto& value : m_values) {
        std::visit([&](const auto& v) { statement.bind(parameter, v); }, value);
        ++parameter;
    }
}

} // namespace smsctl::store
