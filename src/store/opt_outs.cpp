#include "store/opt_outs.hpp"

#include "core/id.hpp"
#include "core/time_text.hpp"
#include "store/event_log.hpp"
#include "store/reference.hpp"
#include "store/sql_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smsctl::store {

namespace {

constexpr SqlText opt_out_columns = "public_id, address, our_address, reason, created_at, source ";
constexpr SqlText select_opt_out =
    SqlText("SELECT ") + opt_out_columns + "FROM opt_outs WHERE workspace_id = $1 ";
constexpr SqlText find_sql = select_opt_out + "AND address = $2 AND our_address IN ($3, '') "
                                              "ORDER BY CASE WHEN our_address = '' THEN 1 ELSE 0 "
                                              "END LIMIT 1";
constexpr SqlText of_sql =
    select_opt_out +
    "AND address = $2 ORDER BY CASE WHEN our_address = '' THEN 0 ELSE 1 END, created_at DESC, id "
    "DESC";
constexpr SqlText by_id_sql = select_opt_out + "AND public_id = $2";
constexpr SqlText prefix_sql =
    select_opt_out + "AND public_id >= $2 AND public_id < $3 ORDER BY public_id LIMIT $4";
constexpr SqlText remove_sql =
    SqlText("DELETE FROM opt_outs WHERE workspace_id = $1 AND address = $2 AND our_address = $3 "
            "RETURNING ") +
    opt_out_columns;

std::vector<OptOut> read(Statement& statement)
{
    std::vector<OptOut> rows;
    while (statement.step())
        rows.push_back({.id = statement.text(0),
                        .address = statement.text(1),
                        .our_address = statement.text(2),
                        .reason = statement.text(3),
                        .created_at = statement.instant(4),
                        .source = sms::parse_event_source(statement.text(5)).value()});
    return rows;
}

std::optional<OptOut> first(Statement& statement)
{
    auto rows = read(statement);
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

/// What `list` and `count` choose by: `$2` is the sender, the addresses begin at `$4`.
std::string conditions(const OptOutQuery& query)
{
    std::string sql;
    if (query.our_address)
        sql += "AND our_address IN ($2, '') ";
    std::string addresses;
    for (std::size_t at = 0; at < query.with.size(); ++at)
        addresses += fmt::format("{}${}", at == 0 ? "" : ", ", at + 4);
    if (!addresses.empty())
        sql += fmt::format("AND address IN ({}) ", addresses);
    return sql;
}

void bind_conditions(Statement& statement, const OptOutQuery& query)
{
    if (query.our_address)
        statement.bind(2, *query.our_address);
    for (std::size_t at = 0; at < query.with.size(); ++at)
        statement.bind(static_cast<int>(at) + 4, query.with[at]);
}

enum class Change { added, removed };

/// The entry of the log: a sentence for people, and the row as it was or is for scripts.
sms::Event event_of(const OptOut& row, Change change, std::string_view reason)
{
    const bool added = change == Change::added;
    sms::Event event;
    event.kind = sms::EventKind::opt_out;
    event.status = added ? "added" : "removed";
    event.reason = fmt::format("{} {} {}",
                               row.address,
                               added ? "opted out of" : "no longer opted out of",
                               row.our_address.empty() ? "every sender" : row.our_address);
    if (!reason.empty())
        event.reason += fmt::format(": {}", reason);
    nlohmann::ordered_json payload;
    payload["id"] = row.id;
    payload["number"] = row.address;
    payload["from"] = nullptr;
    if (!row.our_address.empty())
        payload["from"] = row.our_address;
    payload["reason"] = row.reason;
    if (!added)
        payload["removal_reason"] = reason;
    payload["created_at"] = text::rfc3339(row.created_at);
    event.payload = payload.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return event;
}

} // namespace

std::optional<OptOut> OptOuts::find(std::string_view address, std::string_view our_address)
{
    Statement statement = m_scope.prepare(find_sql.c_str());
    return first(statement.bind(2, address).bind(3, our_address));
}

std::vector<OptOut> OptOuts::of(std::string_view address)
{
    Statement statement = m_scope.prepare(of_sql.c_str());
    return read(statement.bind(2, address));
}

std::vector<OptOut> OptOuts::list(const OptOutQuery& query)
{
    Statement statement = m_scope.prepare_built(select_opt_out.c_str() + conditions(query) +
                                                "ORDER BY created_at DESC, id DESC LIMIT $3");
    bind_conditions(statement, query);
    return read(statement.bind(3, sql_limit(query.limit)));
}

std::int64_t OptOuts::count(const OptOutQuery& query)
{
    Statement statement = m_scope.prepare_built(
        "SELECT count(*) FROM opt_outs WHERE workspace_id = $1 " + conditions(query));
    bind_conditions(statement, query);
    statement.step();
    return statement.integer(0);
}

OptOut OptOuts::resolve(std::string_view reference)
{
    Statement by_id = m_scope.prepare(by_id_sql.c_str());
    std::vector<OptOut> rows = read(by_id.bind(2, reference));
    const auto range = prefix_range(reference);
    if (rows.empty() && range) {
        Statement prefix = m_scope.prepare(prefix_sql.c_str());
        rows =
            read(prefix.bind(2, range->from).bind(3, range->to).bind(4, int{candidates_shown} + 1));
    }
    if (rows.empty())
        throw not_found_error("opt-out", reference, "smsctl optout list shows them");
    if (rows.size() == 1)
        return std::move(rows.front());
    std::vector<std::string> candidates;
    candidates.reserve(rows.size());
    for (const OptOut& row : rows)
        candidates.push_back(fmt::format("{} ({})", row.id, row.address));
    throw ambiguous("opt-out", reference, candidates);
}

bool OptOuts::add(std::string_view address,
                  std::string_view our_address,
                  std::string_view reason,
                  Instant now,
                  sms::EventSource source,
                  std::int64_t message_row)
{
    const OptOut row{.id = new_id("opt", now),
                     .address = std::string(address),
                     .our_address = std::string(our_address),
                     .reason = std::string(reason),
                     .created_at = now,
                     .source = source};
    const int added =
        m_scope
            .prepare("INSERT INTO opt_outs (workspace_id, public_id, address, our_address, reason, "
                     "created_at, source) VALUES ($1, $2, $3, $4, $5, $6, $7) "
                     "ON CONFLICT (workspace_id, address, our_address) DO NOTHING")
            .bind(2, row.id)
            .bind(3, address)
            .bind(4, our_address)
            .bind(5, reason)
            .bind(6, now)
            .bind(7, sms::word(source))
            .run();
    if (added == 0)
        return false;
    sms::Event event = event_of(row, Change::added, reason);
    event.source = source;
    event.message_row = message_row;
    event.created_at = now;
    EventLog(m_scope).append(event);
    return true;
}

bool OptOuts::remove(std::string_view address,
                     std::string_view our_address,
                     std::string_view reason,
                     Instant now,
                     sms::EventSource source,
                     std::int64_t message_row)
{
    Statement statement = m_scope.prepare(remove_sql.c_str());
    const auto row = first(statement.bind(2, address).bind(3, our_address));
    if (!row)
        return false;
    sms::Event event = event_of(*row, Change::removed, reason);
    event.source = source;
    event.message_row = message_row;
    event.created_at = now;
    EventLog(m_scope).append(event);
    return true;
}

bool OptOuts::changed_by_hand_since(std::string_view address,
                                    std::string_view our_address,
                                    Instant at)
{
    Statement statement = m_scope.prepare(
        "SELECT payload FROM events WHERE workspace_id = $1 AND kind = 'opt_out' AND source = "
        "'command' AND created_at > $2");
    statement.bind(2, at);
    while (statement.step()) {
        const auto row = nlohmann::json::parse(statement.text(0), nullptr, false);
        if (!row.is_object() || row.value("number", std::string()) != address)
            continue;
        const auto from = row.find("from");
        if (from == row.end() || !from->is_string() || from->get<std::string>() == our_address)
            return true;
    }
    return false;
}

} // namespace smsctl::store
