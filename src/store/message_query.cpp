// The listings of messages, whose conditions are put together from what was asked.
#include "store/message_conditions.hpp"
#include "store/message_rows.hpp"
#include "store/messages.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace smsctl::store {

namespace {

std::vector<sms::Message> newest(Scope& scope, const Conditions& wanted, std::int64_t limit)
{
    std::string sql =
        select_message.c_str() + wanted.sql() + " ORDER BY m.created_at DESC, m.id DESC";
    if (limit > 0)
        sql += " LIMIT " + std::to_string(limit);
    Statement statement = scope.prepare_built(sql);
    wanted.bind(statement);
    return read_messages(scope, std::move(statement));
}

} // namespace

std::vector<sms::Message> Messages::list(const MessageQuery& query)
{
    const Conditions wanted(query);
    if (!query.before)
        return newest(m_scope, wanted, query.limit);
    // A batch is created in one instant, so its rows differ by their ids alone. In one condition
    // on both the index would not be walked by its second part.
    const std::int64_t created_at = query.before->created_at.time_since_epoch().count();
    Conditions same_instant = wanted;
    same_instant.add("m.created_at = ?", created_at);
    same_instant.add("m.id < ?", query.before->row);
    std::vector<sms::Message> page = newest(m_scope, same_instant, query.limit);
    const std::int64_t missing = query.limit - static_cast<std::int64_t>(page.size());
    if (query.limit > 0 && missing == 0)
        return page;
    Conditions earlier = wanted;
    earlier.add("m.created_at < ?", created_at);
    std::vector<sms::Message> rest = newest(m_scope, earlier, query.limit > 0 ? missing : 0);
    page.insert(
        page.end(), std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
    return page;
}

void Messages::each(const MessageQuery& query, const std::function<bool(const sms::Message&)>& take)
{
    constexpr int rows_a_page = 500;
    MessageQuery next = query;
    for (int left = query.limit; query.limit == 0 || left > 0; left -= next.limit) {
        next.limit = query.limit == 0 ? rows_a_page : std::min(left, rows_a_page);
        const std::vector<sms::Message> page = list(next);
        for (const sms::Message& message : page)
            if (!take(message))
                return;
        if (std::cmp_less(page.size(), next.limit))
            return;
        next.before = MessagePlace{page.back().created_at, page.back().row};
    }
}

std::int64_t Messages::count(const MessageQuery& query)
{
    const Conditions wanted(query);
    Statement statement = m_scope.prepare_built("SELECT count(*) FROM messages m " + wanted.sql());
    wanted.bind(statement);
    statement.step();
    return statement.integer(0);
}

} // namespace smsctl::store
