#pragma once

#include "commands/command.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smsctl {

/// One option or operand as help, man pages and completions show it.
struct OptionEntry {
    std::vector<std::string> short_names; ///< "-m"
    std::vector<std::string> long_names;  ///< "--body"
    std::string value;                    ///< "TEXT", "fail|update"; empty for a flag
    std::string description;
    bool required = false;
    bool repeated = false;
    std::string group;
    std::vector<std::string> words() const; ///< what the value may be, when it is one of a few
};

/// One command or verb as help, man pages and completions show it, read from the tree.
struct CommandEntry {
    std::vector<std::string> path; ///< "workspace", "add"; empty for the root
    std::string summary;
    std::string group; ///< of a command below the root; empty: hidden
    CommandNotes notes;
    std::vector<OptionEntry> operands;
    std::vector<OptionEntry> options;
    std::vector<CommandEntry> commands;

    std::string full_name() const; ///< "smsctl workspace add"
    std::string usage() const;     ///< "smsctl workspace add NAME [options]"
};

/// Reads the tree below `app`.
CommandEntry describe(CLI::App& app, Session& session);

/// What `--help` prints.
std::string help_text(CLI::App& app, Session& session);
std::string help_text(const CommandEntry& entry);

/// "smsctl.1" or "smsctl-workspace.1" for the root or one of its commands.
std::string man_page(const CommandEntry& entry);
/// A topic of `help` ("exit-codes") as smsctl-TOPIC.7.
std::string topic_page(std::string_view topic);

enum class Shell { bash, zsh, fish };
std::string completion_script(const CommandEntry& root, Shell shell);

/// A topic of `smsctl help`.
struct Topic {
    std::string_view name;
    std::string_view summary;
};
/// "exit-codes", "environment", "json".
std::vector<Topic> topics();
/// Its text; empty for a name that is none.
std::string topic_text(std::string_view name);

} // namespace smsctl
