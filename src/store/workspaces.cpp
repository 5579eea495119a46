#include "store/workspaces.hpp"

#include "core/error.hpp"
#include "core/id.hpp"
#include "store/message_search.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smsctl::store {

namespace {

constexpr const char* columns =
    "SELECT w.id, w.public_id, w.name, w.provider, w.account_id, w.api_key_id, w.ambient, "
    "w.is_default, w.settings, w.created_at FROM workspaces w ";
constexpr const char* default_first = " ORDER BY w.is_default DESC, w.name, w.id";

std::vector<Workspace> read(Statement& row)
{
    std::vector<Workspace> workspaces;
    while (row.step()) {
        Workspace& workspace = workspaces.emplace_back();
        workspace.row = row.integer(0);
        workspace.id = row.text(1);
        workspace.name = row.text(2);
        workspace.provider = row.text(3);
        workspace.account_id = row.text(4);
        workspace.api_key_id = row.text(5);
        workspace.ambient = row.boolean(6);
        workspace.is_default = row.boolean(7);
        workspace.settings = nlohmann::json::parse(row.text(8)).get<decltype(workspace.settings)>();
        workspace.created_at = row.instant(9);
    }
    return workspaces;
}

std::optional<Workspace> first(Statement& statement)
{
    auto workspaces = read(statement);
    return workspaces.empty() ? std::nullopt : std::optional(std::move(workspaces.front()));
}

Statement select(Database& database, const std::string& rest)
{
    return database.connection().prepare(columns + rest);
}

std::string settings_text(const Workspace& workspace)
{
    return nlohmann::json(workspace.settings).dump();
}

/// False when the name, or the ambient account, is taken.
bool insert(Database& database, Workspace& workspace, Instant now)
{
    workspace.id = new_id("ws", now);
    workspace.created_at = now;
    Statement statement = database.connection().prepare(
        "INSERT INTO workspaces (public_id, name, provider, account_id, api_key_id, ambient, "
        "is_default, settings, created_at) SELECT $1, $2, $3, $4, $5, $6, "
        "CASE WHEN $6 = 0 AND NOT EXISTS (SELECT 1 FROM workspaces WHERE ambient = 0) "
        "THEN 1 ELSE 0 END, $7, $8 WHERE true ON CONFLICT DO NOTHING RETURNING id, is_default");
    statement.bind(1, workspace.id)
        .bind(2, workspace.name)
        .bind(3, workspace.provider)
        .bind(4, workspace.account_id)
        .bind(5, workspace.api_key_id)
        .bind(6, workspace.ambient)
        .bind(7, settings_text(workspace))
        .bind(8, now);
    if (!statement.step())
        return false;
    workspace.row = statement.integer(0);
    workspace.is_default = statement.boolean(1);
    statement.run();
    return true;
}

secrets::Kind parse_kind(const std::string& word)
{
    for (const secrets::Kind kind : {secrets::Kind::env, secrets::Kind::file, secrets::Kind::cmd})
        if (secrets::word(kind) == word)
            return kind;
    return secrets::Kind::sealed;
}

} // namespace

std::string_view word(Purpose purpose)
{
    return purpose == Purpose::api ? "api" : "webhook";
}

void Workspaces::add(Workspace& workspace, Instant now)
{
    if (!insert(m_database, workspace, now))
        throw usage_error("usage.workspace_exists",
                          fmt::format("there is a workspace {} already", workspace.name),
                          "choose another name, or `--if-exists update`");
}

Workspace Workspaces::ambient(std::string_view provider, std::string_view account_id, Instant now)
{
    const auto known = [&] {
        Statement statement =
            select(m_database, "WHERE w.ambient = 1 AND w.provider = $1 AND w.account_id = $2");
        return first(statement.bind(1, provider).bind(2, account_id));
    };
    if (auto workspace = known())
        return *workspace;
    Workspace workspace;
    workspace.name = "env";
    workspace.provider = provider;
    workspace.account_id = account_id;
    workspace.ambient = true;
    return insert(m_database, workspace, now) ? workspace : known().value();
}

std::optional<Workspace> Workspaces::find(std::string_view name_or_id)
{
    Statement statement =
        select(m_database, "WHERE (w.ambient = 0 AND w.name = $1) OR w.public_id = $1");
    return first(statement.bind(1, name_or_id));
}

std::optional<Workspace> Workspaces::find_default()
{
    Statement statement = select(m_database, "WHERE w.is_default = 1");
    return first(statement);
}

std::vector<Workspace> Workspaces::list()
{
    Statement statement = select(m_database, "ORDER BY w.name, w.id");
    return read(statement);
}

void Workspaces::update(const Workspace& workspace)
{
    const int changed =
        m_database.connection()
            .prepare("UPDATE workspaces SET provider = $2, account_id = $3, api_key_id = $4, "
                     "settings = $5 WHERE id = $1")
            .bind(1, workspace.row)
            .bind(2, workspace.provider)
            .bind(3, workspace.account_id)
            .bind(4, workspace.api_key_id)
            .bind(5, settings_text(workspace))
            .run();
    if (changed == 0)
        throw not_found_error("workspace", workspace.name);
}

void Workspaces::make_default(const Workspace& workspace)
{
    m_database.connection()
        .prepare("UPDATE workspaces SET is_default = CASE WHEN id = $1 THEN 1 ELSE 0 END "
                 "WHERE is_default = 1 OR id = $1")
        .bind(1, workspace.row)
        .run();
}

void Workspaces::remove(const Workspace& workspace)
{
    Transaction transaction = m_database.begin();
    MessageSearch::forget_all(m_database);
    const int removed = m_database.connection()
                            .prepare("DELETE FROM workspaces WHERE id = $1")
                            .bind(1, workspace.row)
                            .run();
    if (removed == 0)
        throw not_found_error("workspace", workspace.name);
    transaction.commit();
}

void Workspaces::set_credential(const Workspace& workspace,
                                Purpose purpose,
                                const secrets::Credential& credential)
{
    m_database.connection()
        .prepare("INSERT INTO credentials (workspace_id, purpose, kind, value) "
                 "VALUES ($1, $2, $3, $4) ON CONFLICT (workspace_id, purpose) DO UPDATE SET "
                 "kind = excluded.kind, value = excluded.value")
        .bind(1, workspace.row)
        .bind(2, word(purpose))
        .bind(3, secrets::word(credential.kind))
        .bind_blob(4, credential.value)
        .run();
}

void Workspaces::remove_credential(const Workspace& workspace, Purpose purpose)
{
    m_database.connection()
        .prepare("DELETE FROM credentials WHERE workspace_id = $1 AND purpose = $2")
        .bind(1, workspace.row)
        .bind(2, word(purpose))
        .run();
}

std::optional<secrets::Credential> Workspaces::credential(const Workspace& workspace,
                                                          Purpose purpose)
{
    Statement statement = m_database.connection().prepare(
        "SELECT kind, value FROM credentials WHERE workspace_id = $1 AND purpose = $2");
    if (!statement.bind(1, workspace.row).bind(2, word(purpose)).step())
        return std::nullopt;
    return secrets::Credential{.kind = parse_kind(statement.text(0)), .value = statement.text(1)};
}

std::vector<Workspace> Workspaces::owning(std::string_view address)
{
    Statement statement =
        select(m_database,
               std::string("WHERE EXISTS (SELECT 1 FROM numbers n WHERE n.workspace_id = w.id AND "
                           "n.address = $1 AND n.active = 1)") +
                   default_first);
    return read(statement.bind(1, address));
}

std::vector<Workspace> Workspaces::holding(std::string_view provider_message_id)
{
    Statement statement =
        select(m_database,
               std::string("WHERE EXISTS (SELECT 1 FROM messages m WHERE m.workspace_id = w.id AND "
                           "m.provider_id = $1)") +
                   default_first);
    return read(statement.bind(1, provider_message_id));
}

std::vector<Workspace> Workspaces::of_account(std::string_view account_id)
{
    Statement statement =
        select(m_database, std::string("WHERE w.account_id = $1") + default_first);
    return read(statement.bind(1, account_id));
}

} // namespace smsctl::store
