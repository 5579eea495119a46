#include "commands/bulk_settle.hpp"
#include "commands/command.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "core/time_text.hpp"
#include "delivery/recorder.hpp"
#include "reconcile/reconciler.hpp"
#include "store/conversations.hpp"
#include "store/messages.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>

namespace smsctl {

namespace {

struct Options {
    std::vector<std::string> references;
    std::optional<Instant> since;
    std::optional<Instant> older_than;
    std::optional<int> max_requests;
    bool no_inbound = false;
    bool exit_status = false;
};

const std::vector<output::Column> columns = {{"id", "ID"},
                                             {"from", "FROM"},
                                             {"to", "TO"},
                                             {"status", "STATUS"},
                                             {"error.code", "ERROR"},
                                             {"body", "BODY"}};

/// A message, or all of a conversation or with a number.
std::vector<std::int64_t> rows_of(const std::vector<std::string>& references, store::Scope& scope)
{
    store::Messages messages(scope);
    std::vector<std::int64_t> rows;
    for (const std::string& reference : references) {
        store::MessageQuery query;
        if (const auto conversation = store::Conversations(scope).by_id(reference)) {
            query.conversation_row = conversation->row;
        } else if (const auto contact = store::Contacts(scope).find(reference)) {
            query.with = contact->address;
        } else {
            rows.push_back(messages.resolve(reference).row);
            continue;
        }
        for (const sms::Message& message : messages.list(query))
            rows.push_back(message.row);
        if (rows.empty())
            throw not_found_error("message", reference);
    }
    return rows;
}

reconcile::Options
reconcile_options(const Options& options, store::Scope& scope, const Session& session, Instant now)
{
    reconcile::Options result;
    result.message_rows = rows_of(options.references, scope);
    result.from_the_start = options.since.has_value();
    if (options.since)
        result.since = now - *options.since;
    if (options.older_than)
        result.older_than = now - *options.older_than;
    result.max_requests = options.max_requests.value_or(0);
    result.inbound = !options.no_inbound;
    result.dry_run = session.options().dry_run;
    return result;
}

/// What the bulk API took: its messages have no provider id until they are found by their tag.
void settle_requests(const reconcile::Options& options,
                     store::Scope& scope,
                     Session& session,
                     output::Printer& printer,
                     reconcile::Summary& summary)
{
    std::set<std::int64_t> requests;
    for (const std::int64_t row : options.message_rows)
        if (const auto message = store::Messages(scope).by_row(row))
            requests.insert(message->bulk_request_row);
    const delivery::BulkLook look = look_at_bulk(
        requests,
        options.message_rows.empty(),
        options.max_requests,
        [&](const sms::Message& message, sms::Status) {
            printer.print(output::message_record(message, scope.workspace().name));
        },
        scope,
        session);
    summary.requests += look.requests;
    summary.checked += look.checked;
    summary.changed += look.changed;
    summary.became_failures += look.became_failures;
    summary.still_open += look.open;
    summary.stopped_early |= look.stopped_early;
}

output::Record summary_record(const reconcile::Summary& summary,
                              const Workspace& workspace,
                              Instant started_at,
                              Instant finished_at)
{
    output::Summary shown;
    shown.kind = "reconcile";
    shown.skipped = summary.locked ? "locked" : "";
    shown.method = reconcile::word(summary.way);
    shown.requests = summary.requests;
    shown.checked = summary.checked;
    shown.changed = summary.changed;
    shown.received = summary.inbound;
    shown.failed = summary.became_failures;
    shown.open = summary.still_open;
    shown.started_at = started_at;
    shown.finished_at = finished_at;
    shown.in_doubt = summary.in_doubt;
    shown.stopped_early = summary.stopped_early;
    return output::summary_record(shown, workspace.name);
}

void tell(const reconcile::Summary& summary, Session& session)
{
    if (!session.streams().err_is_terminal)
        return;
    if (summary.locked) {
        session.note("another reconcile is at work in this workspace; nothing was done");
        return;
    }
    const std::string_view how = summary.way == reconcile::Way::pages     ? " by list pages"
                                 : summary.way == reconcile::Way::lookups ? " one by one"
                                                                          : "";
    session.note(fmt::format("{} checked{}, {} changed, {} missed inbound, {} {}",
                             summary.checked,
                             how,
                             summary.changed,
                             summary.inbound,
                             summary.requests,
                             summary.requests == 1 ? "request" : "requests"));
    if (summary.in_doubt > 0)
        session.note(fmt::format(
            "{} in doubt: look for them at the provider; they are not sent again by themselves",
            summary.in_doubt));
}

void run(const Options& options, Session& session)
{
    const std::stop_token stop = session.stop_token();
    const Instant started_at = session.clock().now();
    const Workspace workspace = session.workspace(Access::mutating);
    store::Scope scope = session.scope(Access::mutating);
    reconcile::Options settings = reconcile_options(options, scope, session, started_at);
    output::Printer printer = session.printer(output::Shape::many, "message", columns);
    const auto provider = session.provider(workspace);
    if (!settings.dry_run)
        delivery::settle_abandoned(scope, session.clock());

    if (!settings.dry_run)
        settings.first = [&](reconcile::Summary& summary) {
            settle_requests(settings, scope, session, printer, summary);
        };
    reconcile::Reconciler reconciler(scope, *provider, session.clock());
    const reconcile::Summary summary = reconciler.run(
        settings,
        [&](const updates::Applied& applied) {
            if (applied.message)
                printer.print(output::message_record(*applied.message, workspace.name));
        },
        stop);
    printer.print(summary_record(summary, workspace, started_at, session.clock().now()));
    printer.finish();
    tell(summary, session);
    if (stop.stop_requested())
        session.throw_if_stopped("run it again; what was applied is kept");
    if (options.exit_status && summary.became_failures > 0)
        session.set_exit(Exit::undelivered);
    else if (options.exit_status && summary.still_open > 0)
        session.set_exit(Exit::pending);
}

void declare(CLI::App& app, Session& session)
{
    auto options = std::make_shared<Options>();
    session.notes(app) = {
        "smsctl reconcile\n"
        "smsctl reconcile -w prod -q                 # from cron: silent unless something is "
        "wrong\n"
        "smsctl reconcile msg_01jz --older-than 0s   # one message, at once\n"
        "smsctl reconcile --exit-status; echo $?     # 10: one failed, 8: one is still open",
        "Prints each message that changed or had been missed, then a summary. One run at a time "
        "in a workspace: a second does nothing and says so in its summary.",
        "message"};
    add_operand(app, "REF", options->references, "Only these: messages, conversations, contacts");
    add_time(app,
             session,
             "--since",
             options->since,
             text::DurationMeans::ago,
             "How far back to look (default 72h)");
    add_time(app,
             session,
             "--older-than",
             options->older_than,
             text::DurationMeans::ago,
             "Leave younger messages to their callbacks (default 1m)");
    add_count(app, "--max-requests", options->max_requests, "Stop after this many requests");
    add_switch(app, "--no-inbound", options->no_inbound, "Do not fetch missed inbound messages");
    add_switch(app,
               "--exit-status",
               options->exit_status,
               "Exit 10 when a message became a failure, 8 when one is still open");
    on_run(app, session, options, &run);
}

} // namespace

extern const Command reconcile_command;
const Command reconcile_command{"reconcile",
                                Group::keep_in_step,
                                "Poll for final statuses and missed inbound messages",
                                &declare};

} // namespace smsctl
