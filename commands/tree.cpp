#include "commands/tree.hpp"

#include "commands/registry.hpp"
#include "commands/shared_options.hpp"

#include <CLI/CLI.hpp> // whole: its formatter and configuration are defined there

#include <string>

namespace smsctl {

namespace {

/// Values are literal and one at a time: CLI11 would take "[a,b]" apart and let an option with many
/// values eat operands.
void keep_values_literal(CLI::App& app)
{
    for (CLI::Option* option : app.get_options())
        option->allow_extra_args(false);
    for (CLI::App* command : app.get_subcommands(nullptr))
        keep_values_literal(*command);
}

} // namespace

std::unique_ptr<CLI::App> make_tree(Session& session)
{
    auto root = std::make_unique<CLI::App>("SMS messaging from a shell", "smsctl");
    root->set_help_flag();
    root->require_subcommand(0, 1);
    declare_global_options(*root, session);
    for (const Command* command : commands()) {
        CLI::App* const app =
            root->add_subcommand(std::string(command->name), std::string(command->summary));
        app->group(std::string(title(command->group)));
        command->declare(*app, session);
        app->require_subcommand(0, 1);
    }
    keep_values_literal(*root);
    return root;
}

} // namespace smsctl
