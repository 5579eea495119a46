#include "commands/reference.hpp"
#include "commands/registry.hpp"
#include "commands/shared_options.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace smsctl {

namespace {

constexpr std::size_t widest_names = 34;
constexpr std::size_t help_width = 100;

std::string names_and_value(const OptionEntry& option)
{
    if (option.long_names.empty() && option.short_names.empty())
        return option.value + (option.repeated ? "…" : "");
    std::string names = option.short_names.empty() ? "    " : option.short_names.front() + ", ";
    if (option.long_names.empty())
        names = option.short_names.front();
    else
        names += option.long_names.front();
    if (!option.value.empty())
        names += " " + option.value;
    return names;
}

/// Columns that a text takes; help is written in characters of one column.
std::size_t columns(std::string_view text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(std::string text, std::size_t width)
{
    text.append(width - std::min(width, columns(text)), ' ');
    return text;
}

/// `text` in lines of `help_width`, the second and later ones indented.
std::string wrapped(std::string_view text, std::size_t indent)
{
    std::string lines;
    std::size_t used = indent;
    for (const std::string_view word : text::split(text, ' ')) {
        if (used > indent && used + 1 + columns(word) > help_width) {
            lines += '\n' + std::string(indent, ' ');
            used = indent;
        } else if (used > indent) {
            lines += ' ';
            ++used;
        }
        lines += word;
        used += columns(word);
    }
    return lines;
}

std::string rows(const std::vector<std::pair<std::string, std::string>>& pairs)
{
    std::size_t widest = 0;
    for (const auto& [name, text] : pairs) {
        if (columns(name) <= widest_names)
            widest = std::max(widest, columns(name));
    }
    const std::size_t indent = widest + 4;
    std::string lines;
    for (const auto& [name, text] : pairs) {
        const bool fits_beside = 2 + columns(name) + 2 + columns(text) <= help_width;
        const bool too_wide = columns(name) > widest && !fits_beside;
        lines += fmt::format("  {}{}{}\n",
                             too_wide ? name + '\n' : padded(name, widest),
                             std::string(too_wide ? indent : 2, ' '),
                             wrapped(text, indent));
    }
    return lines;
}

std::string option_rows(const std::vector<OptionEntry>& options)
{
    std::vector<std::pair<std::string, std::string>> pairs;
    pairs.reserve(options.size());
    for (const OptionEntry& option : options)
        pairs.emplace_back(names_and_value(option),
                           option.description + (option.repeated && !option.long_names.empty()
                                                     ? " (repeatable)"
                                                     : ""));
    return rows(pairs);
}

std::string indented(const std::string& text)
{
    std::string lines;
    for (const std::string_view line : text::split(text, '\n')) {
        if (!line.empty())
            lines += fmt::format("  {}\n", line);
    }
    return lines;
}

/// Running text is wrapped; lines that are indented stand as they are.
std::string paragraphs(const std::string& details)
{
    std::string lines;
    for (const std::string_view line : text::split(text::trim(details), '\n')) {
        const bool stands = !line.empty() && line.front() == ' ';
        lines += (stands ? std::string(line) : wrapped(line, 0)) + '\n';
    }
    return lines;
}

std::string option_groups(const CommandEntry& entry)
{
    std::vector<std::string> groups;
    for (const OptionEntry& option : entry.options) {
        if (std::find(groups.begin(), groups.end(), option.group) == groups.end())
            groups.push_back(option.group);
    }
    std::string text;
    for (const std::string& group : groups) {
        std::vector<OptionEntry> members;
        std::copy_if(entry.options.begin(),
                     entry.options.end(),
                     std::back_inserter(members),
                     [&](const OptionEntry& option) { return option.group == group; });
        text += fmt::format("\n{}:\n{}", group, option_rows(members));
    }
    return text;
}

std::string root_help(const CommandEntry& root)
{
    std::string text = "SMS messaging from a shell.\n\nExamples:\n";
    text += indented("smsctl sim -- smsctl send +15005550006 -m 'build ok'    # with no account\n"
                     "smsctl workspace add prod --provider twilio --account-sid AC…");
    text += "\nUsage: smsctl COMMAND [options]\n";
    for (const Group group : {Group::set_up,
                              Group::send,
                              Group::read,
                              Group::keep_in_step,
                              Group::test_webhooks,
                              Group::upkeep}) {
        std::vector<std::pair<std::string, std::string>> pairs;
        for (const CommandEntry& command : root.commands) {
            if (command.group == title(group))
                pairs.emplace_back(fmt::format("{:<12}", command.path.back()), command.summary);
        }
        if (!pairs.empty())
            text += fmt::format("\n{}:\n{}", title(group), rows(pairs));
    }
    std::vector<OptionEntry> options = root.options;
    options.push_back({{"-h"}, {"--help"}, "", "Help for any command", false, false, ""});
    options.push_back({{}, {"--version"}, "", "Print the version", false, false, ""});
    text += "\nOptions of every command:\n" + option_rows(options);
    text += "\nMore: smsctl COMMAND --help; smsctl help exit-codes|environment|json|schema\n";
    return text;
}

} // namespace

std::string help_text(const CommandEntry& entry)
{
    if (entry.path.empty())
        return root_help(entry);
    std::string text = entry.summary + ".\n";
    if (!entry.notes.examples.empty())
        text += "\nExamples:\n" + indented(entry.notes.examples);
    text += fmt::format("\nUsage: {}\n", entry.usage());
    if (!entry.commands.empty()) {
        std::vector<std::pair<std::string, std::string>> pairs;
        for (const CommandEntry& verb : entry.commands)
            pairs.emplace_back(verb.path.back(), verb.summary);
        text += "\nVerbs:\n" + rows(pairs);
    }
    if (!entry.operands.empty())
        text += "\nOperands:\n" + option_rows(entry.operands);
    text += option_groups(entry);
    if (!entry.notes.details.empty())
        text += "\n" + paragraphs(entry.notes.details);
    text +=
        "\nEvery command also takes -w, --format, --json, --fields, --print, -q, -v, -n, -y and\n"
        "more: smsctl --help and smsctl help environment.\n";
    return text;
}

std::string help_text(CLI::App& app, Session& session)
{
    return help_text(describe(app, session));
}

} // namespace smsctl
