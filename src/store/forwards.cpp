#include "store/forwards.hpp"

#include "store/outbox.hpp"
#include "store/reference.hpp"

#include <algorithm>
#include <utility>

namespace smsctl::store {

namespace {

/// Who holds something that waits, and until when at the latest.
struct Holder {
    std::optional<std::string> owner;
    Instant until;
};

std::vector<Holder> holders(Scope& scope)
{
    Statement statement =
        scope.prepare("SELECT owner, coalesce(max(owner_until), 0) FROM forwards WHERE "
                      "workspace_id = $1 AND state = 'waiting' GROUP BY owner");
    std::vector<Holder> found;
    while (statement.step())
        found.push_back({statement.is_null(0) ? std::nullopt : std::optional(statement.text(0)),
                         statement.instant(1)});
    return found;
}

} // namespace

void Forwards::add(const PendingForward& pending, std::string_view owner, Instant until)
{
    const int added =
        m_scope
            .prepare("INSERT INTO forwards (event_seq, workspace_id, url, state, attempts, "
                     "last_status, last_error, next_try_at, owner, owner_until, "
                     "idempotency_token) SELECT seq, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11 "
                     "FROM events WHERE workspace_id = $1 AND seq = $2")
            .bind(2, pending.event_seq)
            .bind(3, pending.forward.url)
            .bind(4, sms::word(pending.forward.state))
            .bind(5, pending.forward.attempts)
            .bind(6, pending.forward.http)
            .bind(7, pending.forward.error)
            .bind(8, pending.forward.next_try_at)
            .bind(9, owner)
            .bind(10, until)
            .bind(11, pending.idempotency_token)
            .run();
    if (added == 0)
        throw foreign_row("forward");
}

void Forwards::record(std::int64_t event_seq, const sms::Forward& forward, Instant until)
{
    m_scope
        .prepare("UPDATE forwards SET url = $3, state = $4, attempts = $5, last_status = $6, "
                 "last_error = $7, next_try_at = $8, settled_at = $9, owner_until = $10 "
                 "WHERE workspace_id = $1 AND event_seq = $2 AND state = 'waiting'")
        .bind(2, event_seq)
        .bind(3, forward.url)
        .bind(4, sms::word(forward.state))
        .bind(5, forward.attempts)
        .bind(6, forward.http)
        .bind(7, forward.error)
        .bind(8, forward.next_try_at)
        .bind(9, forward.settled_at)
        .bind(10, until)
        .run();
}

void Forwards::hold(std::string_view owner, std::string_view url, Instant now, Instant until)
{
    if (holders(m_scope).empty())
        return;
    Transaction transaction = m_scope.begin();
    for (const Holder& holder : holders(m_scope)) {
        if (holder.owner && *holder.owner != owner && holds(*holder.owner, holder.until, now))
            continue;
        m_scope
            .prepare("UPDATE forwards SET owner = $3, owner_until = $4, url = $5 WHERE "
                     "workspace_id = $1 AND state = 'waiting' AND coalesce(owner, '') = $2")
            .bind(2, holder.owner.value_or(""))
            .bind(3, owner)
            .bind(4, until)
            .bind(5, url)
            .run();
    }
    transaction.commit();
}

std::vector<PendingForward> Forwards::due(std::string_view owner, Instant now, int limit)
{
    Statement row = m_scope.prepare(
        "SELECT f.event_seq, e.public_id, f.url, f.attempts, f.last_status, f.last_error, "
        "f.next_try_at, f.idempotency_token, e.payload, e.request FROM forwards f "
        "JOIN events e ON e.seq = f.event_seq WHERE f.workspace_id = $1 AND "
        "f.state = 'waiting' AND f.owner = $2 AND f.next_try_at <= $3 "
        "ORDER BY f.next_try_at, f.event_seq LIMIT $4");
    row.bind(2, owner).bind(3, now).bind(4, sql_limit(limit));
    std::vector<PendingForward> found;
    while (row.step())
        found.push_back({.event_seq = row.integer(0),
                         .event_id = row.text(1),
                         .forward = {.url = row.text(2),
                                     .attempts = row.small(3),
                                     .http = row.small(4),
                                     .error = row.text(5),
                                     .next_try_at = row.maybe_instant(6)},
                         .idempotency_token = row.text(7),
                         .payload = row.text(8),
                         .request = row.text(9)});
    return found;
}

std::optional<Instant> Forwards::next_due(std::string_view owner, Instant now)
{
    Statement statement =
        m_scope.prepare("SELECT min(next_try_at) FROM forwards WHERE workspace_id = $1 AND "
                        "state = 'waiting' AND owner = $2 AND next_try_at > $3");
    return statement.bind(2, owner).bind(3, now).step() ? statement.maybe_instant(0) : std::nullopt;
}

void Forwards::release(std::string_view owner)
{
    m_scope
        .prepare("UPDATE forwards SET owner = NULL, owner_until = NULL WHERE workspace_id = $1 "
                 "AND state = 'waiting' AND owner = $2")
        .bind(2, owner)
        .run();
}

std::vector<LeftForwards> Forwards::left(Instant now)
{
    Statement row = m_scope.prepare(
        "SELECT f.url, f.owner, coalesce(max(f.owner_until), 0), count(*), min(e.created_at) FROM "
        "forwards f JOIN events e ON e.seq = f.event_seq WHERE f.workspace_id = $1 AND f.state = "
        "'waiting' GROUP BY f.url, f.owner ORDER BY f.url");
    std::vector<LeftForwards> found;
    while (row.step()) {
        if (!row.is_null(1) && holds(row.text(1), row.instant(2), now))
            continue;
        LeftForwards part{row.text(0), row.integer(3), row.instant(4)};
        if (found.empty() || found.back().url != part.url) {
            found.push_back(std::move(part));
            continue;
        }
        found.back().count += part.count;
        found.back().oldest = std::min(found.back().oldest, part.oldest);
    }
    return found;
}

} // namespace smsctl::store
