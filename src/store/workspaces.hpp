#pragma once

#include "store/database.hpp"
#include "workspace/secrets.hpp"
#include "workspace/workspace.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// What a credential is for.
enum class Purpose { api, webhook };
std::string_view word(Purpose purpose);

/// The workspaces of a database: the one table that stands above scopes. Also the one place that
/// looks across workspaces, to find whose number a webhook is for.
class Workspaces {
public:
    explicit Workspaces(Database& database) : m_database(database) {}

    /// Stores a new one and fills in row and id. The first one becomes the default.
    /// Throws `usage.workspace_exists` for a name that is taken.
    void add(Workspace& workspace, Instant now);
    /// The ambient workspace of this account, made at first use.
    Workspace ambient(std::string_view provider, std::string_view account_id, Instant now);
    std::optional<Workspace> find(std::string_view name_or_id);
    std::optional<Workspace> find_default();
    std::vector<Workspace> list();
    /// Writes provider, account, key id and settings.
    void update(const Workspace& workspace);
    void make_default(const Workspace& workspace);
    /// Removes the workspace and everything in it. Inside a transaction of the caller or its own.
    void remove(const Workspace& workspace);

    void set_credential(const Workspace& workspace,
                        Purpose purpose,
                        const secrets::Credential& credential);
    void remove_credential(const Workspace& workspace, Purpose purpose);
    std::optional<secrets::Credential> credential(const Workspace& workspace, Purpose purpose);

    /// Workspaces that own `address` as an active number, the default first.
    std::vector<Workspace> owning(std::string_view address);
    /// Workspaces that hold the message with this provider id, the default first.
    std::vector<Workspace> holding(std::string_view provider_message_id);
    std::vector<Workspace> of_account(std::string_view account_id);

private:
    Database& m_database;
};

} // namespace smsctl::store
