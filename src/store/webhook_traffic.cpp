#include "store/webhook_traffic.hpp"

#include "store/sql_text.hpp"

namespace smsctl::store {

namespace {

// An opt-out has an event of its own beside that of the text that brought it.
constexpr SqlText counts(
    "count(*), count(*) FILTER (WHERE e.kind = 'message'), "
    "count(*) FILTER (WHERE e.kind IN ('status', 'change')), "
    "count(*) FILTER (WHERE e.kind = 'unchanged'), count(*) FILTER (WHERE e.kind = 'refused'), "
    "count(*) FILTER (WHERE f.state = 'done'), count(*) FILTER (WHERE f.state = 'waiting'), "
    "count(*) FILTER (WHERE f.state = 'given_up'), max(e.created_at) FROM events e "
    "LEFT JOIN forwards f ON f.event_seq = e.seq WHERE e.workspace_id = $1 AND "
    "e.source = 'callback' AND e.kind <> 'opt_out' AND e.created_at >= coalesce($2, 0) AND "
    "($3 IS NULL OR e.created_at < $3) ");
constexpr SqlText in_all_sql = SqlText("SELECT '', ") + counts;
constexpr SqlText by_day_sql = SqlText("SELECT date(e.created_at / 1000, 'unixepoch') AS day, ") +
                               counts + "GROUP BY day ORDER BY day DESC";

} // namespace

std::vector<WebhookTraffic> webhook_traffic(Scope& scope,
                                            std::optional<Instant> since,
                                            std::optional<Instant> until,
                                            bool by_day)
{
    Statement row = by_day ? scope.prepare(by_day_sql.c_str()) : scope.prepare(in_all_sql.c_str());
    row.bind(2, since).bind(3, until);
    std::vector<WebhookTraffic> traffic;
    while (row.step())
        traffic.push_back({.day = row.text(0),
                           .received = row.integer(1),
                           .texts = row.integer(2),
                           .statuses = row.integer(3),
                           .unchanged = row.integer(4),
                           .refused = row.integer(5),
                           .forwarded = row.integer(6),
                           .waiting = row.integer(7),
                           .given_up = row.integer(8),
                           .last_at = row.maybe_instant(9)});
    return traffic;
}

} // namespace smsctl::store
