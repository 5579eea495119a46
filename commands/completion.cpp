#include "commands/reference.hpp"
#include "commands/shared_options.hpp"

#include <CLI/App.hpp>

#include <ostream>

namespace smsctl {

namespace {

struct CompletionOptions {
    std::string shell;
};

void run(CLI::App& root, const CompletionOptions& options, Session& session)
{
    const Shell shell = options.shell == "bash"  ? Shell::bash
                        : options.shell == "zsh" ? Shell::zsh
                                                 : Shell::fish;
    session.streams().out << completion_script(describe(root, session), shell) << std::flush;
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app).examples = "source <(smsctl completion bash)             # for this shell\n"
                                  "smsctl completion fish > ~/.config/fish/completions/smsctl.fish";
    const auto options = std::make_shared<CompletionOptions>();
    add_operand_choice(app, options->shell, {"bash", "zsh", "fish"}, "The shell")->required();
    CLI::App* const root = app.get_parent();
    app.callback([root, options, &session] { run(*root, *options, session); });
}

} // namespace

extern const Command completion_command;
const Command completion_command{
    "completion", Group::upkeep, "Print the completion script of a shell", declare};

} // namespace smsctl
