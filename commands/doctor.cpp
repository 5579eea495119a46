#include "commands/command.hpp"
#include "commands/doctor_checks.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "store/workspaces.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <ostream>

namespace smsctl {

namespace {

using output::Check;
using output::CheckStatus;

/// Prints each check, and remembers what the exit code is to be.
class Report {
public:
    explicit Report(Session& session)
        : m_session(session),
          m_printer(session.printer(
              output::Shape::stream,
              "check",
              {{"status", "STATUS"}, {"id", "CHECK"}, {"message", "FOUND"}, {"fix", "TYPE"}})),
          m_as_lines(session.format(output::Shape::stream) == output::Format::table &&
                     !session.options().fields && session.options().print_template.empty())
    {
    }

    void take(const Check& check)
    {
        if (m_as_lines)
            show(check);
        else
            m_printer.print(output::check_record(check));
        ++m_checks;
        if (check.status != CheckStatus::failed)
            return;
        ++m_failures;
        // As for many recipients: the one code on which all failures agree, else 9.
        const Exit exit = check.exit == Exit::failed ? Exit::partial : check.exit;
        m_exit = m_failures == 1 || m_exit == exit ? exit : Exit::partial;
    }

    void finish()
    {
        m_printer.finish();
        if (m_failures > 0 && m_session.streams().err_is_terminal)
            m_session.note(fmt::format("{} of {} checks failed", m_failures, m_checks));
        m_session.set_exit(m_exit);
    }

private:
    /// For people: a line as soon as it is known, and below it, never cut, what to type.
    void show(const Check& check)
    {
        if (m_session.options().quiet)
            return;
        const std::string id =
            check.workspace.empty() ? check.name : check.workspace + "/" + check.name;
        std::ostream& out = m_session.streams().out;
        out << fmt::format("{}  {:<18} {}\n",
                           painted(check.status),
                           output::visible(id),
                           output::visible(check.message));
        if (!check.fix.empty())
            out << fmt::format("{:9}{:<18} type: {}\n", "", "", output::visible(check.fix));
        out << std::flush;
        if (!out)
            throw output::BrokenPipe();
    }

    std::string painted(CheckStatus status) const
    {
        const std::string word = fmt::format("{:<7}", output::word(status));
        if (!m_session.colour())
            return word;
        const char* const colour = status == CheckStatus::failed    ? "31"
                                   : status == CheckStatus::warning ? "33"
                                   : status == CheckStatus::skipped ? "2"
                                                                    : "32";
        return fmt::format("\x1b[{}m{}\x1b[0m", colour, word);
    }

    Session& m_session;
    output::Printer m_printer;
    bool m_as_lines = false;
    int m_checks = 0;
    int m_failures = 0;
    Exit m_exit = Exit::ok;
};

std::vector<Workspace> workspaces_to_check(Session& session)
{
    if (!session.options().workspace.empty())
        return {session.named_workspace(session.options().workspace)};
    std::vector<Workspace> workspaces;
    for (Workspace& workspace : store::Workspaces(session.database()).list())
        if (!workspace.ambient)
            workspaces.push_back(std::move(workspace));
    if (auto ambient = session.ambient_workspace())
        workspaces.push_back(*std::move(ambient));
    return workspaces;
}

/// False when there is no database that can be read.
bool open_database(Session& session, const Tell& tell)
{
    std::error_code ignored;
    const std::string path = session.database_location();
    if (path != ":memory:" && !std::filesystem::exists(path, ignored)) {
        tell({.name = "database",
              .status = CheckStatus::failed,
              .message = fmt::format("there is none at {}", path),
              .fix = "smsctl workspace add, or look at --db and SMSCTL_DB",
              .exit = Exit::not_found});
        return false;
    }
    try {
        session.database();
        tell({.name = "database", .message = path});
        return true;
    } catch (const Error& error) {
        tell({.name = "database",
              .status = CheckStatus::failed,
              .message = error.what(),
              .fix = error.hint(),
              .exit = error.exit()});
        return false;
    }
}

void run(const DoctorOptions& options, Session& session)
{
    if (options.fix && session.options().dry_run)
        throw usage_error("usage.excludes", "--fix and --dry-run cannot be used together");
    const std::stop_token stop = session.stop_token();
    Report report(session);
    const Tell tell = [&report](const Check& check) { report.take(check); };
    check_modes(session.database_location(), options, tell);
    check_space(session.database_location(), tell);
    if (open_database(session, tell) && check_integrity(session.database(), options, tell)) {
        const std::vector<Workspace> workspaces = workspaces_to_check(session);
        for (const Workspace& workspace : workspaces) {
            if (stop.stop_requested())
                break;
            check_account(workspace, options, session, tell);
            check_work(workspace, options, session, tell);
        }
        if (workspaces.empty())
            tell({.name = "workspace",
                  .status = CheckStatus::warning,
                  .message = "there is none yet",
                  .fix = "smsctl workspace add NAME --provider twilio --account-sid AC…"});
    }
    report.finish();
    session.throw_if_stopped("run it again");
}

void declare(CLI::App& app, Session& session)
{
    const auto options = std::make_shared<DoctorOptions>();
    session.notes(app) = {
        "smsctl doctor\n"
        "smsctl doctor --fix                # mend what is safe to mend\n"
        "smsctl doctor -w prod --offline    # without asking the provider\n"
        "smsctl doctor --json | jq -r 'select(.status == \"failed\").fix'",
        "Checks the installation (modes, space, database, schema, integrity), then each workspace "
        "(secrets, signatures, clock, credentials, sender, webhooks, leftovers, stuck, in_doubt) "
        "or the one of -w. --fix narrows modes, makes missing indexes again, counts again, puts "
        "back webhooks that a killed listen --point left, and calls in doubt what a process that "
        "is gone had in hand; it sends nothing.\n\n"
        "Exit 0 when no check failed. When all that failed agree it is their code: 12 for the "
        "database, 4 for credentials, 6 when the provider cannot be reached, 7 for sends in "
        "doubt; otherwise 9.",
        "check"};
    add_switch(app, "--fix", options->fix, "Mend what is safe to mend");
    add_switch(app, "--offline", options->offline, "Ask no provider");
    on_run(app, session, options, run);
}

} // namespace

extern const Command doctor_command;
const Command doctor_command{
    "doctor", Group::upkeep, "Check everything, and mend what is safe", declare};

} // namespace smsctl
