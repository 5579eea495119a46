#include "commands/shared_options.hpp"
#include "commands/workspace.hpp"
#include "store/workspaces.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace smsctl {

namespace {

struct SetOptions {
    std::string name;
    std::vector<std::string> pairs;
};

void apply(Workspace& workspace, const std::string& pair)
{
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
        throw usage_error("usage.setting",
                          fmt::format("'{}' is not NAME=VALUE", pair),
                          "an empty value takes the setting away: from=");
    const std::string name = pair.substr(0, equals);
    const std::string value = pair.substr(equals + 1);
    if (!value.empty()) {
        workspace.settings[name] = setting_to_store(workspace, name, value);
        return;
    }
    const auto kinds = setting_kinds();
    if (std::none_of(
            kinds.begin(), kinds.end(), [&](const SettingKind& kind) { return kind.name == name; }))
        check_setting(name, value); // says which name was meant
    workspace.settings.erase(name);
}

void run(const SetOptions& options, Session& session)
{
    session.check_fields("workspace");
    Workspace workspace = find_workspace(options.name, session);
    store::Workspaces workspaces(session.database());
    if (workspace.ambient) // as it is stored, without what the variables say
        workspace =
            workspaces.ambient(workspace.provider, workspace.account_id, session.clock().now());
    std::vector<std::string> pairs = options.pairs;
    // A national sender is read with the region, wherever that stands.
    std::stable_partition(pairs.begin(), pairs.end(), [](const std::string& pair) {
        return pair.rfind("region=", 0) == 0;
    });
    for (const std::string& pair : pairs)
        apply(workspace, pair);
    if (!session.options().dry_run)
        workspaces.update(workspace);
    print_workspace(workspace, session);
}

std::string settings_for_help()
{
    constexpr std::size_t widest = 30;
    std::string lines = "Settings:";
    for (const SettingKind& kind : setting_kinds()) {
        const std::string pair = fmt::format("{}={}", kind.name, kind.example);
        if (pair.size() > widest)
            lines += fmt::format("\n  {}\n  {:{}}  {}", pair, "", widest, kind.meaning);
        else
            lines += fmt::format("\n  {:{}}  {}", pair, widest, kind.meaning);
    }
    return lines;
}

} // namespace

void declare_workspace_set(CLI::App& app, Session& session)
{
    CLI::App& verb = add_verb(app, "set", "Change a workspace's settings");
    session.notes(verb) = {"smsctl workspace set prod from=+15550199 region=US\n"
                           "smsctl workspace set prod quiet-hours=    # take it away",
                           settings_for_help(),
                           "workspace"};
    const auto options = std::make_shared<SetOptions>();
    add_operand(verb, "NAME", options->name, "The workspace")->required();
    add_operand(verb, "SETTING=VALUE", options->pairs, "What to set; an empty value takes it away")
        ->required();
    on_run(verb, session, options, run);
}

} // namespace smsctl
