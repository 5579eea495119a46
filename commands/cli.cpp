#include "commands/cli.hpp"

#include "commands/arguments.hpp"
#include "commands/reference.hpp"
#include "commands/shared_options.hpp"
#include "commands/tree.hpp"
#include "output/record.hpp"

#include <CLI/App.hpp>
#include <CLI/Error.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <ostream>
#include <string_view>

namespace smsctl {

namespace {

int exit_code(Exit exit)
{
    return static_cast<int>(exit);
}

/// What CLI11 says about a command line, in our words.
Error usage_from(const CLI::ParseError& error)
{
    const std::string what = error.what();
    const auto parts = [&](std::string_view between) {
        const std::size_t at = what.find(between);
        return std::pair(what.substr(0, at), what.substr(at + between.size()));
    };
    if (error.get_name() == "RequiredError" && what.find(" is required") != std::string::npos)
        return usage_error("usage.missing", "missing " + parts(" is required").first);
    if (error.get_name() == "ExcludesError") {
        const auto [one, other] = parts(" excludes ");
        return usage_error("usage.excludes",
                           fmt::format("{} and {} cannot be used together", one, other));
    }
    if (error.get_name() == "RequiresError") {
        const auto [one, other] = parts(" requires ");
        return usage_error("usage.requires", fmt::format("{} needs {}", one, other));
    }
    return usage_error("usage.arguments", what);
}

void print_error(const Error& error, Session& session)
{
    std::ostream& err = session.streams().err;
    if (session.errors_are_json()) {
        const output::Record record = output::error_record(error);
        err << record.dump(-1, ' ', false, output::Record::error_handler_t::replace) << std::endl;
        return;
    }
    // What a provider said may be in the message.
    err << "smsctl: " << output::visible(error.what()) << '\n';
    if (!error.hint().empty())
        err << "hint: " << output::visible(error.hint()) << '\n';
    err.flush();
}

/// --format and its like hold even for a command line that is wrong elsewhere.
void read_format_options(CLI::App& root, Session& session)
{
    for (CLI::Option* option : root.get_options()) {
        const bool about_format = option->check_lname("format") || option->check_lname("json") ||
                                  option->check_lname("print");
        if (!about_format || option->count() == 0)
            continue;
        try {
            option->run_callback();
        } catch (const std::exception&) {
            session.options().format = "auto"; // the command line is refused for another reason
        }
    }
    try {
        session.read_environment();
    } catch (const Error&) {
        session.options().format = "auto";
    }
}

int show_help(CLI::App& command, Session& session)
{
    session.streams().out << help_text(command, session) << std::flush;
    return 0;
}

/// A noun without a verb: its help, as an error.
int noun_alone(CLI::App& command, Session& session)
{
    session.streams().err << help_text(command, session) << std::flush;
    return exit_code(Exit::usage);
}

void list_fields(CLI::App& command, Session& session)
{
    const std::string object = session.notes(command).object;
    if (object.empty())
        throw usage_error("usage.fields", "this command prints no records with fixed fields");
    std::string lines;
    for (const std::string& field : output::fields(object))
        lines += field + '\n';
    session.streams().out << lines << std::flush;
}

int parse_and_run(CLI::App& root, const Arguments& read, Session& session)
{
    bool only_listed_fields = false;
    root.parse_complete_callback([&] {
        session.read_environment();
        const auto& fields = session.options().fields;
        only_listed_fields = fields && fields->empty();
        if (!only_listed_fields)
            return;
        list_fields(*read.command, session);
        throw CLI::Success();
    });
    std::vector<std::string> names(read.path.rbegin(), read.path.rend());
    try {
        root.parse(std::move(names));
    } catch (const CLI::Success&) {
        return 0;
    }
    return exit_code(session.exit());
}

int run(const std::vector<std::string>& arguments, Session& session)
{
    const auto root = make_tree(session);
    const Arguments read = read_arguments(*root, arguments);
    if (read.help)
        return show_help(*read.command, session);
    if (read.version) {
        session.streams().out << version_line() << std::flush;
        return 0;
    }
    if (!read.problem_code.empty()) {
        read_format_options(*root, session);
        throw usage_error(read.problem_code, read.problem, read.hint);
    }
    if (read.command == root.get())
        return show_help(*root, session);
    if (!read.command->get_subcommands(nullptr).empty() && !has_operand(*read.command))
        return noun_alone(*read.command, session);
    try {
        return parse_and_run(*root, read, session);
    } catch (const CLI::ParseError& error) {
        read_format_options(*root, session);
        Error ours = usage_from(error);
        throw usage_error(ours.code(),
                          ours.what(),
                          fmt::format("smsctl {} --help shows how", fmt::join(read.path, " ")));
    } catch (const Error& error) {
        if (error.exit() == Exit::usage)
            read_format_options(*root, session);
        throw;
    }
}

/// Whether stdout took everything: a full disk is a failure, a reader that left is none.
int check_output(Session& session, int exit)
{
    if (session.streams().out)
        errno = 0; // else it says why the last write failed
    session.streams().out.flush();
    if (session.streams().out || errno == EPIPE || exit != 0)
        return exit;
    print_error(Error(Exit::failed, "failed.output", "cannot write to stdout"), session);
    return exit_code(Exit::failed);
}

} // namespace

std::string_view version_line()
{
    return "smsctl " SMSCTL_VERSION "\n";
}

int run_cli(const std::vector<std::string>& arguments, Streams streams, Clock& clock)
{
    Session session(streams, clock);
    try {
        return check_output(session, run(arguments, session));
    } catch (const output::BrokenPipe&) {
        return exit_code(session.exit());
    } catch (const Error& error) {
        print_error(error, session);
        return exit_code(error.exit());
    } catch (const std::exception& error) {
        print_error(Error(Exit::failed,
                          "failed.internal",
                          fmt::format("internal error: {}", error.what()),
                          "this is a bug in smsctl; please report it with the command you typed"),
                    session);
        return exit_code(Exit::failed);
    }
}

} // namespace smsctl
