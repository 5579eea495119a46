#include "store/outbox.hpp"

#include "store/reference.hpp"

#include <nlohmann/json.hpp>

namespace smsctl::store {

namespace {

std::string options_of(const OutboxEntry& entry)
{
    nlohmann::json options = nlohmann::json::object();
    if (!entry.status_callback.empty())
        options["status_callback"] = entry.status_callback;
    if (entry.validity_seconds)
        options["validity_seconds"] = *entry.validity_seconds;
    return options.dump();
}

void read_options(const std::string& text, OutboxEntry& entry)
{
    const nlohmann::json options = nlohmann::json::parse(text);
    entry.status_callback = options.value("status_callback", std::string());
    if (const auto found = options.find("validity_seconds"); found != options.end())
        entry.validity_seconds = found->get<int>();
}

} // namespace

void Outbox::add(const OutboxEntry& entry)
{
    const int added =
        m_scope
            .prepare("INSERT INTO outbox (workspace_id, message_id, due_at, options, attempts) "
                     "SELECT workspace_id, id, $3, $4, $5 FROM messages WHERE workspace_id = $1 "
                     "AND id = $2")
            .bind(2, entry.message_row)
            .bind(3, entry.due_at)
            .bind(4, options_of(entry))
            .bind(5, entry.attempts)
            .run();
    if (added == 0)
        throw foreign_row("outbox entry");
}

std::optional<OutboxEntry> Outbox::find(std::int64_t message_row)
{
    Statement statement = m_scope.prepare("SELECT due_at, options, attempts FROM outbox "
                                          "WHERE workspace_id = $1 AND message_id = $2");
    if (!statement.bind(2, message_row).step())
        return std::nullopt;
    OutboxEntry entry;
    entry.message_row = message_row;
    entry.due_at = statement.instant(0);
    read_options(statement.text(1), entry);
    entry.attempts = statement.small(2);
    return entry;
}

bool Outbox::claim(std::int64_t message_row, std::string_view owner, Instant until)
{
    return m_scope
               .prepare("UPDATE outbox SET lease_owner = $3, lease_until = $4, "
                        "attempts = attempts + 1 WHERE workspace_id = $1 AND message_id = $2 AND "
                        "lease_owner IS NULL")
               .bind(2, message_row)
               .bind(3, owner)
               .bind(4, until)
               .run() > 0;
}

void Outbox::release(std::int64_t message_row)
{
    m_scope
        .prepare("UPDATE outbox SET lease_owner = NULL, lease_until = NULL "
                 "WHERE workspace_id = $1 AND message_id = $2")
        .bind(2, message_row)
        .run();
}

void Outbox::finish(std::int64_t message_row)
{
    m_scope.prepare("DELETE FROM outbox WHERE workspace_id = $1 AND message_id = $2")
        .bind(2, message_row)
        .run();
}

std::vector<std::int64_t> Outbox::abandoned(Instant now)
{
    Statement statement =
        m_scope.prepare("SELECT message_id, lease_owner, lease_until FROM outbox "
                        "WHERE workspace_id = $1 AND lease_owner IS NOT NULL ORDER BY message_id");
    std::vector<std::int64_t> rows;
    while (statement.step())
        if (!holds(statement.text(1), statement.instant(2), now))
            rows.push_back(statement.integer(0));
    return rows;
}

} // namespace smsctl::store
