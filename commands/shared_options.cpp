#include "commands/shared_options.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"

#include <CLI/Error.hpp>
#include <CLI/Validators.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

namespace smsctl {

namespace {

Error bad_value(const std::string& option, const std::string& value, std::string_view want)
{
    return usage_error("usage.value", fmt::format("{}: '{}' is not {}", option, value, want));
}

std::string shown_name(const std::string& names)
{
    const std::size_t comma = names.rfind(',');
    return comma == std::string::npos ? names : names.substr(comma + 1);
}

int to_count(const std::string& option, const std::string& value)
{
    const auto number = text::to_integer(value);
    if (!number || *number < 0 || *number > std::numeric_limits<int>::max())
        throw bad_value(option, value, "a whole number of 0 or more");
    return static_cast<int>(*number);
}

Millis to_duration(const std::string& option, const std::string& value)
{
    const auto length = text::parse_duration(value);
    if (!length)
        throw bad_value(option, value, "a length of time such as 90s, 15m, 2h or 7d");
    return *length;
}

void split_fields(GlobalOptions& options, const std::string& value)
{
    options.fields.emplace();
    for (const std::string_view field : text::split(value, ',')) {
        if (!text::trim(field).empty())
            options.fields->emplace_back(text::trim(field));
    }
}

/// A text that must not be empty: a script's variable that is not set must not mean the default.
void add_chosen(CLI::App& app,
                const std::string& names,
                std::string& target,
                const std::string& value,
                const std::string& description)
{
    const auto read = [&target, option = shown_name(names)](const std::string& text) {
        if (text.empty())
            throw usage_error("usage.value", option + " is empty");
        target = text;
    };
    app.add_option_function<std::string>(names, read, description)->option_text(value);
}

} // namespace

void on_run(CLI::App& app, Session& session, void (*run)(Session&))
{
    app.callback([&session, run] { run(session); });
}

CLI::App& add_verb(CLI::App& noun, const std::string& name, const std::string& summary)
{
    return *noun.add_subcommand(name, summary);
}

CLI::Option* add_operand(CLI::App& app,
                         const std::string& name,
                         std::string& target,
                         const std::string& description)
{
    return app.add_option(name, target, description);
}

CLI::Option* add_operand(CLI::App& app,
                         const std::string& name,
                         std::vector<std::string>& target,
                         const std::string& description)
{
    return app.add_option(name, target, description);
}

CLI::Option* add_operand_choice(CLI::App& app,
                                std::string& target,
                                const std::vector<std::string>& words,
                                const std::string& description)
{
    return add_choice(app, fmt::format("{}", fmt::join(words, "|")), target, words, description);
}

CLI::Option* add_text(CLI::App& app,
                      const std::string& names,
                      std::string& target,
                      const std::string& value,
                      const std::string& description)
{
    return app.add_option(names, target, description)->option_text(value);
}

CLI::Option* add_text(CLI::App& app,
                      const std::string& names,
                      std::optional<std::string>& target,
                      const std::string& value,
                      const std::string& description)
{
    return app
        .add_option_function<std::string>(
            names, [&target](const std::string& text) { target = text; }, description)
        ->option_text(value);
}

CLI::Option* add_texts(CLI::App& app,
                       const std::string& names,
                       std::vector<std::string>& target,
                       const std::string& value,
                       const std::string& description)
{
    return app.add_option(names, target, description)->option_text(value);
}

CLI::Option* add_choice(CLI::App& app,
                        const std::string& names,
                        std::string& target,
                        const std::vector<std::string>& words,
                        const std::string& description)
{
    const std::string option = shown_name(names);
    const auto check = [&target, words, option](const std::string& value) {
        if (std::find(words.begin(), words.end(), value) == words.end())
            throw usage_error("usage.value",
                              fmt::format("{}'{}' is not one of {}",
                                          option.front() == '-' ? option + ": " : std::string(),
                                          value,
                                          fmt::join(words, ", ")),
                              did_you_mean(value, words));
        target = value;
    };
    return app.add_option_function<std::string>(names, check, description)
        ->option_text(fmt::format("{}", fmt::join(words, "|")));
}

CLI::Option* add_count(CLI::App& app,
                       const std::string& names,
                       std::optional<int>& target,
                       const std::string& description)
{
    const std::string option = shown_name(names);
    return app
        .add_option_function<std::string>(
            names,
            [&target, option](const std::string& value) { target = to_count(option, value); },
            description)
        ->option_text("N");
}

CLI::Option* add_duration(CLI::App& app,
                          const std::string& names,
                          std::optional<Millis>& target,
                          const std::string& description)
{
    const std::string option = shown_name(names);
    return app
        .add_option_function<std::string>(
            names,
            [&target, option](const std::string& value) { target = to_duration(option, value); },
            description)
        ->option_text("DUR");
}

CLI::Option* add_time(CLI::App& app,
                      Session& session,
                      const std::string& names,
                      std::optional<Instant>& target,
                      text::DurationMeans means,
                      const std::string& description)
{
    const std::string option = shown_name(names);
    const auto read = [&target, &session, option, means](const std::string& value) {
        target = text::parse_time(value, session.clock().now(), means);
        if (!target)
            throw bad_value(
                option, value, "a time: RFC 3339, YYYY-MM-DD[ HH:MM] or a duration such as 2h");
    };
    return app.add_option_function<std::string>(names, read, description)->option_text("TIME");
}

CLI::Option*
add_switch(CLI::App& app, const std::string& names, bool& target, const std::string& description)
{
    return app.add_flag(names, target, description);
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known)
{
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(1, typed.size() / 3) + 1;
    for (const std::string& word : known) {
        const std::size_t distance = text::edit_distance(typed, word);
        if (distance < best_distance) {
            best = word;
            best_distance = distance;
        }
    }
    return best.empty() ? best : fmt::format("did you mean '{}'?", best);
}

void declare_global_options(CLI::App& root, Session& session)
{
    GlobalOptions& options = session.options();
    const std::vector<std::string> formats{"auto", "table", "json", "jsonl", "csv", "tsv"};
    add_chosen(root, "-w,--workspace", options.workspace, "NAME", "Act in this workspace");
    add_chosen(root, "--db", options.db, "PATH", "Database file, or :memory:");
    add_choice(root, "--format", options.format, formats, "Output; auto: by terminal or pipe");
    add_switch(root, "--json", options.json, "JSON: one object, or one a line");
    root.add_option_function<std::string>(
            "--fields",
            [&options](const std::string& value) { split_fields(options, value); },
            "Choose fields; with no value, list them")
        ->option_text("A,B");
    add_text(root,
             "--print",
             options.print_template,
             "TEMPLATE",
             "Print records through '{{id}} {{status}}'");
    add_switch(root, "-q,--quiet", options.quiet, "Say nothing on success");
    root.add_flag("-v,--verbose", options.verbosity, "Say more; -vv: a masked trace of HTTP");
    add_choice(root, "--color", options.color, {"auto", "always", "never"}, "Colours");
    add_switch(root, "--no-input", options.no_input, "Never ask; a question is an error");
    add_switch(root, "-y,--yes", options.yes, "Answer yes to questions");
    add_switch(root, "-n,--dry-run", options.dry_run, "Show what would happen, change nothing");
    add_duration(root, "--timeout", options.timeout, "Start nothing new after this long (exit 8)");
    add_count(root, "--limit", options.limit, "Rows to list; 0: all");
    for (CLI::Option* option : root.get_options())
        option->group(global_group);
}

} // namespace smsctl
