// Reads argv against the tree of commands and leaves conversion, checks and requirements to CLI11.
//
// CLI11 2.1 reads argv itself, but not as cli.md promises: `--body=` eats the next argument, `++`
// and `[a,b]` have a meaning of their own, options with many values eat operands, `--` ends the
// subcommand, and an operand that is spelled like a command can become one. It also cannot say
// which word was unknown and what was meant.
#include "commands/arguments.hpp"

#include "commands/shared_options.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace smsctl {

namespace {

bool takes_value(const CLI::Option& option)
{
    return option.get_items_expected_max() != 0;
}

bool takes_operand(const CLI::App& app)
{
    const auto options = app.get_options();
    return std::any_of(options.begin(), options.end(), [](const CLI::Option* option) {
        return option->get_positional();
    });
}

CLI::App* subcommand(CLI::App& app, const std::string& name)
{
    for (CLI::App* command : app.get_subcommands(nullptr)) {
        if (command->get_name() == name)
            return command;
    }
    return nullptr;
}

/// What other tools call it, where no edit distance would find it.
std::string other_word_for(std::string_view typed, const std::vector<std::string>& known)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 12> others{{
        {"ls", "list"},
        {"get", "show"},
        {"view", "show"},
        {"delete", "rm"},
        {"remove", "rm"},
        {"create", "add"},
        {"new", "add"},
        {"edit", "set"},
        {"update", "set"},
        {"switch", "use"},
        {"poll", "reconcile"},
        {"conversations", "inbox"},
    }};
    const auto has = [&](std::string_view word) {
        return std::find(known.begin(), known.end(), word) != known.end();
    };
    for (const auto& [other, ours] : others) {
        if (typed == other && has(ours))
            return std::string(ours);
    }
    if (typed.size() > 1 && typed.back() == 's' && has(typed.substr(0, typed.size() - 1)))
        return std::string(typed.substr(0, typed.size() - 1));
    return {};
}

class Reader {
public:
    Reader(CLI::App& root, const std::vector<std::string>& arguments)
        : m_root(root), m_arguments(arguments)
    {
        m_read.command = &root;
    }

    Arguments read()
    {
        bool only_operands = false;
        while (m_at < m_arguments.size()) {
            const std::string& argument = m_arguments[m_at++];
            if (only_operands || argument == "-" || argument.empty() || argument.front() != '-')
                word(argument, only_operands);
            else if (argument == "--")
                only_operands = true;
            else if (argument[1] == '-')
                long_option(argument);
            else
                short_options(argument);
        }
        return m_read;
    }

private:
    void word(const std::string& argument, bool only_operand)
    {
        CLI::App& app = *m_read.command;
        const bool has_commands = !app.get_subcommands(nullptr).empty();
        if (!has_commands || has_operand(app)) {
            operand(argument);
            return;
        }
        if (m_unknown_command)
            return;
        CLI::App* const next = only_operand ? nullptr : subcommand(app, argument);
        if (next == nullptr && takes_operand(app)) {
            operand(argument);
            return;
        }
        if (next != nullptr) {
            m_read.command = next;
            m_read.path.push_back(argument);
            return;
        }
        m_unknown_command = true;
        unknown_command(argument);
    }

    void unknown_command(const std::string& argument)
    {
        const CLI::App& app = *m_read.command;
        std::vector<std::string> known;
        for (const CLI::App* command : m_read.command->get_subcommands(nullptr)) {
            if (!command->get_group().empty())
                known.push_back(command->get_name());
        }
        const std::string other = other_word_for(argument, known);
        std::string hint = other.empty() ? did_you_mean(argument, known)
                                         : fmt::format("did you mean '{}'?", other);
        const std::string path = full_path();
        if (hint.empty())
            hint = fmt::format("{} --help lists what there is", path);
        const bool is_root = &app == &m_root;
        problem("usage.unknown_command",
                is_root ? fmt::format("unknown command '{}'", argument)
                        : fmt::format("{} has no '{}'", path, argument),
                hint);
    }

    void operand(const std::string& argument)
    {
        for (CLI::Option* option : m_read.command->get_options()) {
            if (!option->get_positional())
                continue;
            const bool many = option->get_items_expected_max() > 1;
            if (many || option->count() == 0) {
                // Most often a variable that is not set. A wrapped command may take one.
                if (argument.empty() && !option->check_name("CMD"))
                    problem("usage.empty", fmt::format("{} is empty", option->get_name(true)));
                option->add_result(argument);
                return;
            }
        }
        problem("usage.unexpected_argument",
                fmt::format("unexpected argument '{}'", argument),
                fmt::format("{} --help shows what it takes", full_path()));
    }

    void long_option(const std::string& argument)
    {
        const std::size_t equals = argument.find('=');
        const std::string name = argument.substr(2, equals - 2);
        if (name == "help" && equals == std::string::npos) {
            m_read.help = true;
            return;
        }
        if (name == "version" && equals == std::string::npos) {
            m_read.version = true;
            return;
        }
        CLI::Option* const option =
            find([&](const CLI::Option& candidate) { return candidate.check_lname(name); });
        if (option == nullptr) {
            unknown_option("--" + name);
            return;
        }
        if (equals != std::string::npos)
            give(*option, "--" + name, argument.substr(equals + 1));
        else if (takes_value(*option))
            give_next(*option, "--" + name);
        else
            option->add_result(option->get_flag_value(name, ""));
    }

    void short_options(const std::string& argument)
    {
        for (std::size_t i = 1; i < argument.size(); ++i) {
            const std::string name(1, argument[i]);
            if (name == "h") {
                m_read.help = true;
                continue;
            }
            CLI::Option* const option =
                find([&](const CLI::Option& candidate) { return candidate.check_sname(name); });
            if (option == nullptr) {
                unknown_option("-" + name);
                return;
            }
            if (!takes_value(*option)) {
                option->add_result(option->get_flag_value(name, ""));
                continue;
            }
            if (i + 1 < argument.size())
                give(*option, "-" + name, argument.substr(i + 1));
            else
                give_next(*option, "-" + name);
            return;
        }
    }

    void give(CLI::Option& option, const std::string& name, const std::string& value)
    {
        if (!takes_value(option)) {
            problem("usage.value", fmt::format("{} takes no value", name));
            return;
        }
        const bool many = option.get_items_expected_max() > 1;
        if (!many && option.count() > 0 && option.get_group() != global_group) {
            problem("usage.repeated", fmt::format("{} was given more than once", name));
            return;
        }
        if (!many)
            option.clear();
        option.add_result(value);
    }

    void give_next(CLI::Option& option, const std::string& name)
    {
        const bool there = m_at < m_arguments.size();
        if (option.check_lname("fields") &&
            (!there || (m_arguments[m_at].size() > 1 && m_arguments[m_at].front() == '-') ||
             subcommand(*m_read.command, m_arguments[m_at]) != nullptr)) {
            give(option, name, "");
            return;
        }
        if (!there) {
            problem("usage.missing_value", fmt::format("{} needs a value", name));
            return;
        }
        give(option, name, m_arguments[m_at++]);
    }

    void unknown_option(const std::string& name)
    {
        std::vector<std::string> known{"--help"};
        for (const CLI::App* app = m_read.command; app != nullptr; app = app->get_parent()) {
            for (const CLI::Option* option : app->get_options()) {
                for (const std::string& own : option->get_lnames())
                    known.push_back("--" + own);
            }
        }
        std::string hint = name.size() > 2 ? did_you_mean(name, known) : std::string();
        if (hint.empty())
            hint = fmt::format("{} --help lists the options", full_path());
        problem("usage.unknown_option", fmt::format("unknown option {}", name), hint);
    }

    template <typename Fits>
    CLI::Option* find(Fits fits)
    {
        for (CLI::App* app = m_read.command; app != nullptr; app = app->get_parent()) {
            for (CLI::Option* option : app->get_options()) {
                if (option->nonpositional() && fits(*option))
                    return option;
            }
        }
        return nullptr;
    }

    std::string full_path() const
    {
        std::string path = "smsctl";
        for (const std::string& name : m_read.path)
            path += " " + name;
        return path;
    }

    void problem(std::string code, std::string message, std::string hint = {})
    {
        if (!m_read.problem_code.empty())
            return;
        m_read.problem_code = std::move(code);
        m_read.problem = std::move(message);
        m_read.hint = std::move(hint);
    }

    CLI::App& m_root;
    const std::vector<std::string>& m_arguments;
    std::size_t m_at = 0;
    bool m_unknown_command = false;
    Arguments m_read;
};

} // namespace

bool has_operand(const CLI::App& command)
{
    const auto options = command.get_options();
    return std::any_of(options.begin(), options.end(), [](const CLI::Option* option) {
        return option->get_positional() && option->count() > 0;
    });
}

Arguments read_arguments(CLI::App& root, const std::vector<std::string>& arguments)
{
    return Reader(root, arguments).read();
}

} // namespace smsctl
