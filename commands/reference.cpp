#include "commands/reference.hpp"

#include "commands/session.hpp"
#include "core/text.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace smsctl {

namespace {

OptionEntry describe_option(const CLI::Option& option)
{
    OptionEntry entry;
    for (const std::string& name : option.get_snames())
        entry.short_names.push_back("-" + name);
    for (const std::string& name : option.get_lnames())
        entry.long_names.push_back("--" + name);
    if (option.get_positional())
        entry.value =
            option.get_option_text().empty() ? option.get_name(true) : option.get_option_text();
    else if (option.get_items_expected_max() != 0)
        entry.value = option.get_option_text().empty() ? "TEXT" : option.get_option_text();
    entry.description = option.get_description();
    entry.required = option.get_required();
    entry.repeated = option.get_items_expected_max() > 1;
    entry.group = option.get_group();
    return entry;
}

CommandEntry describe_below(CLI::App& app, Session& session, const std::vector<std::string>& path)
{
    CommandEntry entry;
    entry.path = path;
    entry.summary = app.get_description();
    entry.group = app.get_group();
    entry.notes = session.notes(app);
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_group().empty())
            continue;
        (option->get_positional() ? entry.operands : entry.options)
            .push_back(describe_option(*option));
    }
    for (CLI::App* command : app.get_subcommands(nullptr)) {
        std::vector<std::string> below = path;
        below.push_back(command->get_name());
        entry.commands.push_back(describe_below(*command, session, below));
    }
    return entry;
}

} // namespace

std::vector<std::string> OptionEntry::words() const
{
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    std::vector<std::string> all;
    // Capitals name what is to be typed: "N|P%".
    if (value.find('|') == std::string::npos || std::any_of(value.begin(), value.end(), is_capital))
        return all;
    for (const std::string_view word : text::split(value, '|'))
        all.emplace_back(word);
    return all;
}

std::string CommandEntry::full_name() const
{
    std::string name = "smsctl";
    for (const std::string& word : path)
        name += " " + word;
    return name;
}

std::string CommandEntry::usage() const
{
    std::string line = full_name();
    if (!commands.empty() && operands.empty())
        return line + (path.empty() ? " COMMAND [options]" : " VERB [options]");
    for (const OptionEntry& operand : operands) {
        const std::string name = operand.value + (operand.repeated ? "…" : "");
        // Beside verbs an operand is what there is without one of them.
        line += operand.required || !commands.empty() ? " " + name : " [" + name + "]";
    }
    return options.empty() ? line : line + " [options]";
}

CommandEntry describe(CLI::App& app, Session& session)
{
    std::vector<std::string> path;
    for (const CLI::App* at = &app; at->get_parent() != nullptr; at = at->get_parent())
        path.insert(path.begin(), at->get_name());
    return describe_below(app, session, path);
}

} // namespace smsctl
