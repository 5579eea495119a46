// A list on its way to become messages: filled row by row, and read back as a whole. What is asked
// of its rows is in staging_judge.cpp, what becomes of them in staging_commit.cpp.
#include "store/staging.hpp"

#include "core/crypto.hpp"
#include "core/id.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace smsctl::store {

namespace {

/// So many rows share a transaction, which touches the temporary database alone.
constexpr std::int64_t rows_at_once = 5000;

// `ulid` is what the ids of message, contact and conversation end in, should they be new.
// No journal, as what fails half-way is thrown away whole.
constexpr const char* attach =
    "ATTACH '' AS staging; PRAGMA staging.journal_mode = OFF;"
    "CREATE TABLE staging.staged (id INTEGER PRIMARY KEY, record INTEGER NOT NULL, ulid TEXT NOT "
    "NULL, to_address TEXT NOT NULL, share INTEGER NOT NULL, sender TEXT NOT NULL, body TEXT NOT "
    "NULL, media TEXT NOT "
    "NULL, key TEXT, region TEXT NOT NULL, time_zone TEXT NOT NULL, due_at INTEGER, segments "
    "INTEGER NOT NULL, encoding TEXT NOT NULL, content_hash TEXT NOT NULL, verdict TEXT NOT NULL, "
    "reason TEXT NOT NULL);"
    "CREATE TABLE staging.staged_senders (position INTEGER PRIMARY KEY, address TEXT NOT NULL);";
/// Faster than dropping tables, whose every page would be wiped.
constexpr const char* detach = "DETACH staging";

/// What spreads recipients over senders.
std::int64_t last_digits(std::string_view address)
{
    constexpr std::size_t digits = 4;
    std::int64_t value = 0;
    for (const char c : address.substr(address.size() - std::min(digits, address.size())))
        value = value * 10 + (c >= '0' && c <= '9' ? c - '0' : 0);
    return value;
}

std::vector<std::string> read_urls(const std::string& media)
{
    return media.empty() ? std::vector<std::string>{}
                         : nlohmann::json::parse(media).get<std::vector<std::string>>();
}

} // namespace

Staging::Staging(Scope& scope, Instant now) : m_scope(scope), m_ulid(new_id("", now).substr(1))
{
    connection().execute(attach);
}

Staging::~Staging()
{
    try {
        if (m_is_open)
            connection().execute("ROLLBACK");
        connection().execute(detach);
    } catch (const std::exception&) { // it goes with the connection at the latest
        m_is_open = false;
    }
}

/// One after the other, as ids in order cost the least to index.
const std::string& Staging::next_ulid()
{
    constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    constexpr std::size_t counted = 7; // 34 milliard rows
    auto number = static_cast<std::uint64_t>(m_count);
    for (std::size_t i = 0; i < counted; ++i) {
        m_ulid[m_ulid.size() - 1 - i] = alphabet[number & 31U];
        number >>= 5U;
    }
    return m_ulid;
}

void Staging::add(const StagedRow& row)
{
    if (!std::exchange(m_is_open, true))
        connection().execute("BEGIN");
    connection()
        .prepare("INSERT INTO staged (record, ulid, to_address, share, sender, body, media, key, "
                 "region, time_zone, due_at, segments, encoding, content_hash, verdict, reason) "
                 "VALUES ($1, $2, $3, $14, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', '')")
        .bind(1, row.record)
        .bind(2, next_ulid())
        .bind(3, row.to)
        .bind(4, row.sender)
        .bind(5, row.body)
        .bind(6, row.media_urls.empty() ? std::string() : nlohmann::json(row.media_urls).dump())
        .bind_or_null(7, row.key)
        .bind(8, row.region)
        .bind(9, row.time_zone)
        .bind(10, row.due_at)
        .bind(11, row.segments)
        .bind(12, row.encoding)
        .bind(13, row.content_hash)
        .bind(14, last_digits(row.to))
        .run();
    if (++m_count % rows_at_once == 0)
        flush();
}

void Staging::flush()
{
    if (std::exchange(m_is_open, false))
        connection().execute("COMMIT");
}

StagedTotals Staging::totals()
{
    Statement statement = connection().prepare(
        "SELECT count(*), count(DISTINCT CASE WHEN verdict = '' THEN to_address END), "
        "count(*) FILTER (WHERE verdict = ''), sum(CASE WHEN verdict = '' THEN segments ELSE 0 "
        "END), "
        "count(*) FILTER (WHERE verdict = 'blocked.duplicate'), count(*) FILTER (WHERE verdict = "
        "'blocked.opt_out'), "
        "count(*) FILTER (WHERE verdict = 'blocked.quiet_hours'), count(*) FILTER (WHERE verdict = "
        "'replay') FROM staged");
    statement.step();
    StagedTotals totals;
    totals.rows = statement.integer(0);
    totals.recipients = statement.integer(1);
    totals.sendable = statement.integer(2);
    totals.segments = statement.integer(3);
    totals.duplicates = statement.integer(4);
    totals.opted_out = statement.integer(5);
    totals.quiet = statement.integer(6);
    totals.replayed = statement.integer(7);
    totals.repeated_recipients = totals.sendable - totals.recipients;
    return totals;
}

std::string Staging::content_hash()
{
    Statement statement =
        connection().prepare("SELECT content_hash, coalesce(key, '') FROM staged ORDER BY id");
    std::string hash;
    while (statement.step())
        hash = crypto::sha256(fmt::format("{}{} {}", hash, statement.text(0), statement.text(1)));
    return crypto::hex(hash);
}

void Staging::each(const std::function<bool(const StagedRow&)>& take)
{
    Statement statement = connection().prepare(
        "SELECT id, record, to_address, sender, body, media, key, region, time_zone, due_at, "
        "segments, encoding, content_hash, verdict, reason FROM staged ORDER BY id");
    StagedRow row;
    while (statement.step()) {
        row.id = statement.integer(0);
        row.record = statement.integer(1);
        row.to = statement.text(2);
        row.sender = statement.text(3);
        row.body = statement.text(4);
        row.media_urls = read_urls(statement.text(5));
        row.key = statement.text(6);
        row.region = statement.text(7);
        row.time_zone = statement.text(8);
        row.due_at = statement.maybe_instant(9);
        row.segments = statement.small(10);
        row.encoding = statement.text(11);
        row.content_hash = statement.text(12);
        row.verdict = statement.text(13);
        row.reason = statement.text(14);
        if (!take(row))
            return;
    }
}

Staging::Difference Staging::difference_from(const sms::Batch& batch)
{
    Difference difference;
    const auto ask = [&](Statement statement, std::int64_t& count, std::string& first) {
        statement.bind(2, batch.row)
            .bind(3, batch.first_message_row)
            .bind(4, batch.last_message_row);
        statement.step();
        count = statement.integer(0);
        first = statement.text(1);
    };
    ask(m_scope.prepare("SELECT count(*), min(to_address) FROM staged WHERE content_hash NOT "
                        "IN (SELECT content_hash FROM messages WHERE +workspace_id = $1 AND "
                        "batch_id = $2 AND id BETWEEN $3 AND $4)"),
        difference.added,
        difference.first_added);
    ask(m_scope.prepare("SELECT count(*), min(to_address) FROM messages WHERE +workspace_id = $1 "
                        "AND batch_id = $2 AND id BETWEEN $3 AND $4 AND content_hash NOT IN "
                        "(SELECT content_hash FROM staged)"),
        difference.removed,
        difference.first_removed);
    return difference;
}

} // namespace smsctl::store
