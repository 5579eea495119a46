#include "commands/command.hpp"
#include "commands/reconcile_once.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "core/time_text.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>

#include <memory>

namespace smsctl {

namespace {

const std::vector<output::Column> columns = {{"id", "ID"},
                                             {"from", "FROM"},
                                             {"to", "TO"},
                                             {"status", "STATUS"},
                                             {"error.code", "ERROR"},
                                             {"body", "BODY"}};

void run_once(const ReconcileOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::mutating);
    const reconcile::Options settings = reconcile_options(options, scope, session);
    SteadyPrinter printer(session.printer(output::Shape::many, "message", columns));
    const reconcile::Summary summary = reconcile_once(settings, scope, printer, session);
    printer.finish();
    if (session.stop_token().stop_requested())
        session.throw_if_stopped("run it again; what was applied is kept");
    if (options.exit_status && summary.became_failures > 0)
        session.set_exit(Exit::undelivered);
    else if (options.exit_status && summary.still_open + summary.in_doubt > 0)
        session.set_exit(Exit::pending);
    printer.throw_if_left();
}

/// Run after run, until a signal comes. What passes by itself, as an outage, is told of and waited
/// for.
void run_again_and_again(const ReconcileOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::mutating);
    const std::stop_token stop = session.stop_token();
    SteadyPrinter printer(session.printer(output::Shape::stream, "message", columns));
    do {
        try {
            reconcile_once(reconcile_options(options, scope, session), scope, printer, session);
        } catch (const Error& error) {
            if (error.exit() != Exit::unavailable && error.code() != "storage.locked")
                throw;
            session.warn(fmt::format(
                "{}; the next run is in {} s", error.what(), options.interval->count() / 1000));
        }
        printer.throw_if_left();
    } while (session.clock().wait(*options.interval, stop));
    printer.finish();
    if (session.timed_out())
        session.throw_if_stopped("run it again; what was applied is kept");
}

void run(const ReconcileOptions& options, Session& session)
{
    session.stop_token(); // before anything makes threads
    if (!options.interval) {
        run_once(options, session);
        return;
    }
    if (*options.interval < std::chrono::seconds(1))
        throw usage_error(
            "usage.interval", "--interval is shorter than a second", "for example --interval 5m");
    run_again_and_again(options, session);
}

void declare_what(CLI::App& app, Session& session, ReconcileOptions& options)
{
    add_operand(app, "REF", options.references, "Only these: messages, conversations, contacts");
    add_time(app,
             session,
             "--since",
             options.since,
             text::DurationMeans::ago,
             "Only what was made since; missed inbound messages are looked for from there (72h)");
    add_time(app,
             session,
             "--older-than",
             options.older_than,
             text::DurationMeans::ago,
             "Ask about all that are older, due for a check or not");
    add_text(app, "--batch", options.batch, "BATCH", "Only messages of this batch");
    add_switch(app, "--no-inbound", options.no_inbound, "Do not fetch missed inbound messages");
    add_switch(app, "--no-settle", options.no_settle, "Leave what is in doubt as it is");
}

void declare(CLI::App& app, Session& session)
{
    auto options = std::make_shared<ReconcileOptions>();
    session.notes(app) = {
        "smsctl reconcile\n"
        "smsctl reconcile -w prod -q                 # from cron: silent unless something is "
        "wrong\n"
        "smsctl reconcile msg_01jz                   # one message, at once\n"
        "smsctl reconcile --older-than 0s            # everything that is open, at once\n"
        "smsctl reconcile --max-requests 100 --rate 5\n"
        "smsctl reconcile --interval 5m -q           # until SIGTERM; see packaging/systemd\n"
        "smsctl reconcile --exit-status; echo $?     # 10: one failed, 8: one is still open",
        "A message is due for a check 1, 5 and 30 minutes, 2 and 12 hours after its last change, "
        "then daily; after 14 days it is expired. Prices are asked for up to a week later. List "
        "pages are read where they take fewer requests than a lookup for each message. A send in "
        "doubt is looked for by sender, recipient, time and text: one that is found is adopted, "
        "one that is not there after the workspace's visibility-delay is planned again, for bulk "
        "resume or send --due, and where several fit it stays in doubt. Prints each message that "
        "changed or had been missed, then a summary. One run at a time in a workspace: a second "
        "does nothing and says so in its summary. A run that --max-requests or a signal ends is "
        "gone on with by the next, which begins with another part of the work: however few "
        "requests a run may make, nothing waits for ever.",
        "message"};
    declare_what(app, session, *options);
    add_count(app, "--max-requests", options->max_requests, "Stop after this many requests");
    add_text(app, "--rate", options->rate, "REQUESTS/S", "Requests a second at most");
    CLI::Option* const interval = add_duration(
        app, "--interval", options->interval, "Run again after so long, until a signal comes");
    add_switch(app,
               "--exit-status",
               options->exit_status,
               "Exit 10 when a message became a failure, 8 when one is still open or in doubt")
        ->excludes(interval);
    on_run(app, session, options, &run);
}

} // namespace

extern const Command reconcile_command;
const Command reconcile_command{"reconcile",
                                Group::keep_in_step,
                                "Poll for final statuses and missed inbound messages",
                                &declare};

} // namespace smsctl
