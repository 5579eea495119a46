#include "commands/command.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "output/webhook_report_record.hpp"
#include "store/webhook_traffic.hpp"

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>

namespace smsctl {

namespace {

struct ReportOptions {
    std::optional<Instant> since;
    std::optional<Instant> until;
    std::string by;
};

void run_webhooks(const ReportOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    auto printer = session.printer(output::Shape::many,
                                   "webhook_report",
                                   {{"day", "DAY"},
                                    {"received", "RECEIVED"},
                                    {"texts", "TEXTS"},
                                    {"statuses", "STATUSES"},
                                    {"unchanged", "UNCHANGED"},
                                    {"refused", "REFUSED"},
                                    {"forwarded", "FORWARDED"},
                                    {"waiting", "WAITING"},
                                    {"given_up", "GIVEN UP"}});
    const auto traffic =
        store::webhook_traffic(scope, options.since, options.until, options.by == "day");
    for (const store::WebhookTraffic& part : traffic)
        printer.print(output::webhook_report_record(part, scope.workspace().name));
    printer.finish();
    session.note_empty(printer.count(), "no webhooks in that time");
}

void declare_webhooks(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "webhooks", "What came by webhook, and what became of it");
    session.notes(verb) = {"smsctl report webhooks --since 1d\n"
                           "smsctl report webhooks --by day --since 7d\n"
                           "smsctl report webhooks --print '{{waiting}}'    # yet to be forwarded",
                           "tail --kind all shows the single events, message show evt_… one of\n"
                           "them with what became of its forwarding.",
                           "webhook_report"};
    const auto options = std::make_shared<ReportOptions>();
    add_time(verb,
             session,
             "--since",
             options->since,
             text::DurationMeans::ago,
             "Came at this time or later");
    add_time(
        verb, session, "--until", options->until, text::DurationMeans::ago, "Came before this");
    add_choice(verb, "--by", options->by, {"day"}, "A line for each day (UTC), the newest first");
    on_run(verb, session, options, run_webhooks);
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app) = {"smsctl report webhooks --since 1d", "", ""};
    declare_webhooks(app, session);
}

} // namespace

extern const Command report_command;
const Command report_command{"report", Group::read, "What happened, in figures: webhooks", declare};

} // namespace smsctl
