#include "commands/reference.hpp"
#include "commands/shared_options.hpp"
#include "output/record.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>

namespace smsctl {

namespace {

struct HelpOptions {
    std::vector<std::string> words;
};

std::string schema_text(const std::vector<std::string>& words)
{
    const std::vector<std::string_view> names = output::schema_names();
    if (words.size() == 1) {
        std::string lines;
        for (const std::string_view name : names)
            lines += fmt::format("{}\n", name);
        return lines;
    }
    const std::string_view text = output::schema(words[1]);
    if (text.empty())
        throw not_found_error(
            "schema", words[1], fmt::format("there are: {}", fmt::join(names, ", ")));
    return std::string(text);
}

std::string command_help(CLI::App& root, Session& session, const std::vector<std::string>& words)
{
    CLI::App* at = &root;
    for (const std::string& word : words) {
        CLI::App* next = nullptr;
        std::vector<std::string> known{"schema"};
        for (CLI::App* command : at->get_subcommands(nullptr)) {
            known.push_back(command->get_name());
            if (command->get_name() == word)
                next = command;
        }
        for (const Topic& topic : topics())
            known.emplace_back(topic.name);
        if (next == nullptr) {
            const std::string near = did_you_mean(word, known);
            throw usage_error("usage.unknown_topic",
                              fmt::format("no help on '{}'", word),
                              near.empty() ? "smsctl help lists the commands" : near);
        }
        at = next;
    }
    return help_text(*at, session);
}

void run(CLI::App& root, const HelpOptions& options, Session& session)
{
    const std::vector<std::string>& words = options.words;
    std::string text;
    if (!words.empty() && words[0] == "schema")
        text = schema_text(words);
    else if (words.size() == 1)
        text = topic_text(words[0]);
    if (text.empty())
        text = command_help(root, session, words);
    session.streams().out << text << std::flush;
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app).examples =
        "smsctl help send              # as smsctl send --help\n"
        "smsctl help exit-codes        # topics: exit-codes, environment, json\n"
        "smsctl help schema message    # JSON Schema of a record";
    const auto options = std::make_shared<HelpOptions>();
    add_operand(
        app, "TOPIC", options->words, "A command, exit-codes, environment, json, or schema [NOUN]");
    CLI::App* const root = app.get_parent();
    app.callback([root, options, &session] { run(*root, *options, session); });
}

} // namespace

extern const Command help_command;
const Command help_command{"help", Group::upkeep, "Help on a command or a topic", declare};

} // namespace smsctl
