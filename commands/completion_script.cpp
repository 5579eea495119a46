#include "commands/reference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace smsctl {

namespace {

std::string path_of(const CommandEntry& entry)
{
    std::string path;
    for (const std::string& name : entry.path)
        path += "/" + name;
    return path;
}

bool is_hidden(const CommandEntry& entry)
{
    return entry.path.size() == 1 && entry.group.empty();
}

/// Every command that is shown, the root first.
std::vector<const CommandEntry*> all_commands(const CommandEntry& root)
{
    std::vector<const CommandEntry*> all{&root};
    for (const CommandEntry& command : root.commands) {
        if (is_hidden(command))
            continue;
        const auto below = all_commands(command);
        all.insert(all.end(), below.begin(), below.end());
    }
    return all;
}

std::vector<std::string> command_names(const CommandEntry& entry)
{
    std::vector<std::string> names;
    for (const CommandEntry& command : entry.commands) {
        if (!is_hidden(command))
            names.push_back(command.path.back());
    }
    return names;
}

std::vector<std::string> names_of(const OptionEntry& option)
{
    std::vector<std::string> names = option.short_names;
    names.insert(names.end(), option.long_names.begin(), option.long_names.end());
    return names;
}

/// A command that prints what the operands of `entry` may be: names that are stored.
std::string source_of_operands(const CommandEntry& entry)
{
    if (entry.path.size() == 2 && entry.path[0] == "workspace" && entry.path[1] != "add" &&
        entry.path[1] != "list")
        return "smsctl workspace list --print '{{name}}' 2>/dev/null";
    if (entry.path.size() == 2 && entry.path[0] == "number" && entry.path[1] != "list")
        return "smsctl number list --print '{{number}}' 2>/dev/null";
    return {};
}

std::vector<std::string> fixed_operands(const CommandEntry& entry)
{
    return entry.operands.empty() ? std::vector<std::string>() : entry.operands.front().words();
}

bool takes_file(const OptionEntry& option)
{
    return option.value.find("FILE") != std::string::npos || option.value == "PATH";
}

std::string bash_words(const CommandEntry& entry, const CommandEntry& root)
{
    std::vector<std::string> words = command_names(entry);
    const auto fixed = fixed_operands(entry);
    words.insert(words.end(), fixed.begin(), fixed.end());
    for (const OptionEntry& option : entry.options)
        words.insert(words.end(), option.long_names.begin(), option.long_names.end());
    if (&entry != &root) {
        for (const OptionEntry& option : root.options)
            words.insert(words.end(), option.long_names.begin(), option.long_names.end());
    }
    words.emplace_back("--help");
    return fmt::format("{}", fmt::join(words, " "));
}

/// Lines of a case over "$at:$previous": what the value of an option may be.
std::string bash_values(const CommandEntry& entry, std::string_view path)
{
    std::string lines;
    for (const OptionEntry& option : entry.options) {
        if (option.value.empty())
            continue;
        std::vector<std::string> patterns;
        for (const std::string& name : names_of(option))
            patterns.push_back(fmt::format("\"{}:\"{}", path, name));
        std::string action = "COMPREPLY=()";
        if (!option.words().empty())
            action = fmt::format("COMPREPLY=($(compgen -W \"{}\" -- \"$current\"))",
                                 fmt::join(option.words(), " "));
        else if (takes_file(option))
            action = "COMPREPLY=($(compgen -f -- \"$current\"))";
        else if (option.long_names.size() == 1 && option.long_names.front() == "--workspace")
            action = "COMPREPLY=($(compgen -W \"$(smsctl workspace list --print '{{name}}' "
                     "2>/dev/null)\" -- \"$current\"))";
        lines += fmt::format("        {}) {}; return ;;\n", fmt::join(patterns, "|"), action);
    }
    return lines;
}

std::string bash_script(const CommandEntry& root)
{
    std::vector<std::string> paths;
    std::string values;
    std::string words;
    for (const CommandEntry* entry : all_commands(root)) {
        const std::string path = path_of(*entry);
        if (!path.empty())
            paths.push_back(path);
        values += bash_values(*entry, path.empty() ? "*" : path);
        const std::string source = source_of_operands(*entry);
        words += fmt::format("        \"{}\") words=\"{}{}\" ;;\n",
                             path,
                             bash_words(*entry, root),
                             source.empty() ? "" : " $(" + source + ")");
    }
    // The root's pattern is "*:": a glob, so it must stand without quotes.
    for (std::size_t at = values.find("\"*:\""); at != std::string::npos;
         at = values.find("\"*:\"", at))
        values.replace(at, 4, "*:");
    return fmt::format(R"(# Completion of smsctl for bash. Written by smsctl generate.
_smsctl() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
    local at="" words="" i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$at/${{COMP_WORDS[i]}}" in
        {}) at="$at/${{COMP_WORDS[i]}}" ;;
        esac
    done
    case "$at:$previous" in
{}    esac
    case "$at" in
{}    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _smsctl smsctl
)",
                       fmt::join(paths, " | "),
                       values,
                       words);
}

/// For single quotes in zsh and fish; `also` is escaped with a backslash besides.
std::string quoted(std::string_view text, std::string_view quote)
{
    std::string escaped;
    for (const char c : text) {
        if (c == '\'')
            escaped += quote;
        else
            escaped += c;
    }
    return escaped;
}

std::string zsh_entry(std::string_view name, std::string_view description)
{
    std::string safe;
    for (const char c : name) {
        if (c == ':')
            safe += '\\';
        safe += c;
    }
    return fmt::format("'{}:{}'", safe, quoted(description, "'\\''"));
}

std::string zsh_script(const CommandEntry& root)
{
    std::vector<std::string> paths;
    std::string cases;
    for (const CommandEntry* entry : all_commands(root)) {
        const std::string path = path_of(*entry);
        if (!path.empty())
            paths.push_back(path);
        std::string commands;
        for (const CommandEntry& command : entry->commands) {
            if (!is_hidden(command))
                commands += " " + zsh_entry(command.path.back(), command.summary);
        }
        for (const std::string& word : fixed_operands(*entry))
            commands += " " + zsh_entry(word, word);
        std::string options;
        for (const OptionEntry& option : entry->options) {
            for (const std::string& name : option.long_names)
                options += " " + zsh_entry(name, option.description);
        }
        const std::string source = source_of_operands(*entry);
        cases +=
            fmt::format("    '{}')\n        commands=({})\n        options+=({})\n{}        ;;\n",
                        path,
                        commands.empty() ? "" : commands.substr(1),
                        options.empty() ? "" : options.substr(1),
                        source.empty() ? "" : "        commands+=(${(f)\"$(" + source + ")\"})\n");
    }
    std::string global;
    for (const OptionEntry& option : root.options) {
        for (const std::string& name : option.long_names)
            global += " " + zsh_entry(name, option.description);
    }
    return fmt::format(R"(#compdef smsctl
# Completion of smsctl for zsh. Written by smsctl generate.
_smsctl() {{
    local at='' word
    local -a commands options
    for word in "${{(@)words[2,CURRENT-1]}}"; do
        case "$at/$word" in
        {}) at="$at/$word" ;;
        esac
    done
    [[ -n $at ]] && options=({})
    case "$at" in
{}    esac
    if [[ $words[CURRENT] == -* ]]; then
        _describe 'option' options
    else
        _describe 'command' commands || _files
    fi
}}
_smsctl "$@"
)",
                       fmt::join(paths, "|"),
                       global.substr(1),
                       cases);
}

std::string fish_option(const OptionEntry& option, std::string_view condition)
{
    std::string line = fmt::format("complete -c smsctl{}", condition);
    for (const std::string& name : option.short_names)
        line += " -s " + name.substr(1);
    for (const std::string& name : option.long_names)
        line += " -l " + name.substr(2);
    if (!option.words().empty())
        line += fmt::format(" -x -a '{}'", fmt::join(option.words(), " "));
    else if (!option.value.empty())
        line += takes_file(option) ? " -r -F" : " -x";
    return fmt::format("{} -d '{}'\n", line, quoted(option.description, "\\'"));
}

std::string fish_script(const CommandEntry& root)
{
    std::vector<std::string> paths;
    std::string lines;
    for (const CommandEntry* entry : all_commands(root)) {
        const std::string path = path_of(*entry);
        if (!path.empty())
            paths.push_back(path);
        const std::string condition = fmt::format(" -n '__smsctl_at \"{}\"'", path);
        for (const CommandEntry& command : entry->commands) {
            if (!is_hidden(command))
                lines += fmt::format("complete -c smsctl{} -a {} -d '{}'\n",
                                     condition,
                                     command.path.back(),
                                     quoted(command.summary, "\\'"));
        }
        for (const std::string& word : fixed_operands(*entry))
            lines += fmt::format("complete -c smsctl{} -a {}\n", condition, word);
        if (const std::string source = source_of_operands(*entry); !source.empty())
            lines +=
                fmt::format("complete -c smsctl{} -a '({})'\n", condition, quoted(source, "\\'"));
        for (const OptionEntry& option : entry->options)
            lines += fish_option(option, path.empty() ? std::string_view() : condition);
    }
    return fmt::format(R"(# Completion of smsctl for fish. Written by smsctl generate.
function __smsctl_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        switch "$at/$word"
            case {}
                set at "$at/$word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c smsctl -f
{})",
                       fmt::join(paths, " "),
                       lines);
}

} // namespace

std::string completion_script(const CommandEntry& root, Shell shell)
{
    switch (shell) {
    case Shell::bash:
        return bash_script(root);
    case Shell::zsh:
        return zsh_script(root);
    case Shell::fish:
        return fish_script(root);
    }
    return {};
}

} // namespace smsctl
