#pragma once

#include "commands/session.hpp"
#include "output/record.hpp"

#include <string>

namespace CLI {
class App;
}

namespace smsctl {

/// The workspace's record, with where its secrets come from.
output::Record describe_workspace(const Workspace& workspace, Session& session);
/// Prints it as the one record of a command.
void print_workspace(const Workspace& workspace, Session& session);
/// The workspace of this name, `env` included; throws `not_found.workspace`.
Workspace find_workspace(const std::string& name, Session& session);
/// Checks `value` and gives it in the form that is stored: a sender in E.164, a region in capitals.
std::string
setting_to_store(const Workspace& workspace, const std::string& name, const std::string& value);

void declare_workspace_add(CLI::App& app, Session& session);
void declare_workspace_set(CLI::App& app, Session& session);
void declare_workspace_test(CLI::App& app, Session& session);

} // namespace smsctl
