#include "commands/reference.hpp"
#include "commands/shared_options.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace smsctl {

namespace {

struct GenerateOptions {
    std::string folder = ".";
};

void write_file(const std::filesystem::path& path, const std::string& text)
{
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file)
        throw Error(Exit::failed,
                    "failed.write",
                    fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
}

void run(CLI::App& root, const GenerateOptions& options, Session& session)
{
    const std::filesystem::path folder = options.folder;
    const CommandEntry entry = describe(root, session);
    write_file(folder / "man" / "smsctl.1", man_page(entry));
    for (const CommandEntry& command : entry.commands) {
        if (!command.group.empty())
            write_file(folder / "man" / fmt::format("smsctl-{}.1", command.path.back()),
                       man_page(command));
    }
    for (const Topic& topic : topics())
        write_file(folder / "man" / fmt::format("smsctl-{}.7", topic.name), topic_page(topic.name));
    write_file(folder / "completions" / "smsctl.bash", completion_script(entry, Shell::bash));
    write_file(folder / "completions" / "_smsctl", completion_script(entry, Shell::zsh));
    write_file(folder / "completions" / "smsctl.fish", completion_script(entry, Shell::fish));
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app).examples = "smsctl generate .    # below man/ and completions/";
    const auto options = std::make_shared<GenerateOptions>();
    add_operand(app, "DIR", options->folder, "Where man/ and completions/ are");
    CLI::App* const root = app.get_parent();
    app.callback([root, options, &session] { run(*root, *options, session); });
}

} // namespace

extern const Command generate_command;
const Command generate_command{
    "generate", Group::hidden, "Write man pages and completions from the tree", declare};

} // namespace smsctl
