#include "store/polls.hpp"

#include "store/reference.hpp"
#include "store/sql_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace smsctl::store {

namespace {

constexpr SqlText candidate_columns =
    "SELECT id, is_open, provider_id IS NULL, status_at, sent_at, scheduled_at, polled_at FROM "
    "messages WHERE workspace_id = $1 AND direction = 'outbound' ";
constexpr SqlText has_left =
    "(provider_id IS NOT NULL OR (status = 'in_doubt' AND bulk_request_id IS NULL)) ";
constexpr SqlText select_candidate = candidate_columns +
                                     "AND created_at >= $2 AND created_at < $3 AND "
                                     "($4 = 0 OR batch_id = $4) ";
constexpr SqlText open_sql = select_candidate + "AND is_open = 1 AND " + has_left;
// A case, lest SQLite walk two indexes for the two sides of an OR.
constexpr SqlText open_or_unpriced_sql =
    select_candidate + "AND CASE WHEN is_open THEN " + has_left +
    "ELSE price_micros IS NULL AND provider_id IS NOT NULL AND status IN ('delivered', 'read', "
    "'undelivered') END";
constexpr SqlText one_sql = candidate_columns + "AND id = $2 AND " + has_left;

/// How many ids one statement takes.
constexpr std::size_t ids_at_once = 64;

/// `before` and "($first, $first+1 …)" for so many ids.
std::string with_ids(std::string before, int first)
{
    before += '(';
    for (std::size_t i = 0; i < ids_at_once; ++i)
        before += (i == 0 ? "$" : ", $") + std::to_string(first + static_cast<int>(i));
    return before + ')';
}

const std::string& by_ids_sql()
{
    static const std::string sql =
        with_ids("SELECT id, direction, from_address, segments, status, status_at, "
                 "failure_code, failure_text, provider_id, price_micros, currency, sent_at, "
                 "delivered_at, seq FROM messages WHERE workspace_id = $1 AND provider_id IN ",
                 2);
    return sql;
}

const std::string& set_polled_sql()
{
    static const std::string sql =
        with_ids("UPDATE messages SET polled_at = $2 WHERE +workspace_id = $1 AND id IN ", 3);
    return sql;
}

PollCandidate read_candidate(const Statement& row)
{
    PollCandidate one;
    one.row = row.integer(0);
    one.is_open = row.boolean(1);
    one.is_in_doubt = row.boolean(2);
    one.status_at = row.instant(3);
    const auto sent_at = row.maybe_instant(4);
    one.is_sent = sent_at.has_value();
    one.sent_at = sent_at.value_or(one.status_at);
    one.waits_until = std::max(one.status_at, row.maybe_instant(5).value_or(one.status_at));
    one.polled_at = row.maybe_instant(6);
    return one;
}

void visit_each(Statement statement, const PollQuery& query, const Polls::Visit& visit)
{
    statement.bind(2, query.since).bind(3, query.before).bind(4, query.batch_row);
    while (statement.step())
        visit(read_candidate(statement));
}

sms::Message read_outline(const Statement& row)
{
    sms::Message message;
    message.row = row.integer(0);
    message.direction = row.text(1) == sms::word(sms::Direction::inbound)
                            ? sms::Direction::inbound
                            : sms::Direction::outbound;
    message.from = row.text(2);
    message.segments = row.small(3);
    message.status = sms::parse_status(row.text(4)).value();
    message.status_at = row.instant(5);
    sms::Failure failure{row.text(6), row.text(7)};
    if (!failure.code.empty() || !failure.text.empty())
        message.failure = std::move(failure);
    message.provider_id = row.text(8);
    if (const auto micros = row.maybe_integer(9))
        message.price = Money{*micros, row.text(10)};
    message.sent_at = row.maybe_instant(11);
    message.delivered_at = row.maybe_instant(12);
    message.seq = row.integer(13);
    return message;
}

/// Hands out `ids` in parts of `ids_at_once`, the last of them filled up with `filler`.
template <typename Id, typename Take>
void in_parts(const std::vector<Id>& ids, const Id& filler, Take take)
{
    for (std::size_t first = 0; first < ids.size(); first += ids_at_once) {
        std::array<Id, ids_at_once> part;
        part.fill(filler);
        const std::size_t count = std::min(ids_at_once, ids.size() - first);
        std::copy_n(ids.begin() + static_cast<std::ptrdiff_t>(first), count, part.begin());
        take(part);
    }
}

} // namespace

void Polls::each_open(const PollQuery& query, const Visit& visit)
{
    visit_each(m_scope.prepare(open_sql.c_str()), query, visit);
}

void Polls::each_open_or_unpriced(const PollQuery& query, const Visit& visit)
{
    visit_each(m_scope.prepare(open_or_unpriced_sql.c_str()), query, visit);
}

std::optional<PollCandidate> Polls::find(std::int64_t row)
{
    Statement statement = m_scope.prepare(one_sql.c_str());
    if (!statement.bind(2, row).step())
        return std::nullopt;
    return read_candidate(statement);
}

std::vector<sms::Message> Polls::with_provider_ids(const std::vector<std::string_view>& ids)
{
    std::vector<sms::Message> messages;
    messages.reserve(ids.size());
    in_parts(ids, std::string_view(), [&](const auto& part) {
        Statement statement = m_scope.prepare_built(by_ids_sql());
        for (std::size_t i = 0; i < part.size(); ++i)
            statement.bind_kept(2 + static_cast<int>(i), part[i]);
        while (statement.step())
            messages.push_back(read_outline(statement));
    });
    return messages;
}

bool Polls::update(const sms::Message& message, std::int64_t known_seq, Instant polled_at)
{
    const sms::Failure failure = message.failure.value_or(sms::Failure{});
    const int changed =
        m_scope
            .prepare("UPDATE messages SET seq = $3, segments = $4, status = $5, status_at = $6, "
                     "failure_code = $7, failure_text = $8, price_micros = $9, currency = $10, "
                     "sent_at = $11, delivered_at = $12, is_open = $13, polled_at = $14, "
                     "from_address = CASE WHEN from_address = '' THEN $15 ELSE from_address END "
                     "WHERE +workspace_id = $1 AND id = $2 AND seq = $16")
            .bind(2, message.row)
            .bind(3, message.seq)
            .bind(4, message.segments)
            .bind_kept(5, sms::word(message.status))
            .bind(6, message.status_at)
            .bind_kept(7, failure.code)
            .bind_kept(8, failure.text)
            .bind(9, message.price ? std::optional(message.price->micros) : std::nullopt)
            .bind_kept(10, message.price ? std::string_view(message.price->currency) : "")
            .bind(11, message.sent_at)
            .bind(12, message.delivered_at)
            .bind(13, !sms::is_final(message.status))
            .bind(14, polled_at)
            .bind_kept(15, message.from)
            .bind(16, known_seq)
            .run();
    return changed == 1;
}

void Polls::set_polled(const std::vector<std::int64_t>& rows, Instant at)
{
    in_parts(rows, std::int64_t{0}, [&](const auto& part) {
        Statement statement = m_scope.prepare_built(set_polled_sql());
        statement.bind(2, at);
        for (std::size_t i = 0; i < part.size(); ++i)
            statement.bind(3 + static_cast<int>(i), part[i]);
        statement.run();
    });
}

std::string Polls::provider_id(std::int64_t row)
{
    Statement statement =
        m_scope.prepare("SELECT provider_id FROM messages WHERE workspace_id = $1 AND id = $2");
    return statement.bind(2, row).step() ? statement.text(0) : std::string();
}

std::size_t Polls::count(Instant from, Instant to)
{
    Statement statement =
        m_scope.prepare("SELECT count(*) FROM messages WHERE workspace_id = $1 AND "
                        "created_at >= $2 AND created_at <= $3");
    statement.bind(2, from).bind(3, to).step();
    return static_cast<std::size_t>(statement.integer(0));
}

std::vector<std::int64_t> Polls::given_up(Instant waiting_since, Instant polled_since)
{
    // The condition of the index messages_open, word for word.
    Statement statement = m_scope.prepare(
        "SELECT id FROM messages WHERE workspace_id = $1 AND is_open = 1 AND created_at < $2 AND "
        "direction = 'outbound' AND provider_id IS NOT NULL AND status_at < $2 AND "
        "(scheduled_at IS NULL OR scheduled_at < $2) AND polled_at >= $3 ORDER BY id");
    statement.bind(2, waiting_since).bind(3, polled_since);
    std::vector<std::int64_t> rows;
    while (statement.step())
        rows.push_back(statement.integer(0));
    return rows;
}

} // namespace smsctl::store
