#include "commands/reconcile_once.hpp"

#include "commands/bulk_settle.hpp"
#include "commands/retention.hpp"
#include "core/text.hpp"
#include "delivery/recorder.hpp"
#include "store/batches.hpp"
#include "store/checkpointer.hpp"
#include "store/conversations.hpp"
#include "store/leases.hpp"
#include "store/messages.hpp"
#include "workspace/setting_values.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace smsctl {

namespace {

constexpr std::string_view bulk_cursor = "reconcile.bulk";

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

/// Requests to the bulk API to ask about. Where the last run was stopped the next one goes on, so
/// that none is passed over for ever.
std::vector<sms::BulkRequest>
requests_to_ask_about(const reconcile::Options& options, store::Scope& scope, Session& session)
{
    std::set<std::int64_t> wanted;
    for (const std::int64_t row : options.message_rows)
        if (const auto message = store::Messages(scope).by_row(row))
            wanted.insert(message->bulk_request_row);
    std::vector<sms::BulkRequest> requests =
        delivery::bulk_requests_to_ask_about(scope, session.clock(), options.batch_row);
    if (!options.message_rows.empty())
        std::erase_if(requests, [&wanted](const sms::BulkRequest& request) {
            return !wanted.contains(request.row);
        });
    const auto last = text::to_integer(store::Cursors(scope).get(bulk_cursor)).value_or(0);
    const auto next = std::find_if(requests.begin(), requests.end(), [last](const auto& request) {
        return request.row > last;
    });
    std::rotate(requests.begin(), next, requests.end());
    return requests;
}

/// What the bulk API took: its messages have no provider id until they are found by their tag.
void settle_requests(const reconcile::Options& options,
                     store::Scope& scope,
                     Session& session,
                     SteadyPrinter& printer,
                     reconcile::Summary& summary,
                     int most)
{
    std::vector<sms::BulkRequest> requests = requests_to_ask_about(options, scope, session);
    summary.stopped_early |= most == 0 && !requests.empty();
    if (requests.empty() || most == 0)
        return;
    const delivery::BulkLook look = look_at_bulk(
        std::move(requests),
        {most, options.rate},
        [&](const sms::Message& message, sms::Status before) {
            summary.settled += before == sms::Status::in_doubt ? 1 : 0;
            printer.print(output::message_record(message, scope.workspace().name));
        },
        scope,
        session);
    if (options.max_requests > 0)
        store::Cursors(scope).set(bulk_cursor, fmt::to_string(look.last_row));
    summary.requests += look.requests;
    summary.checked += look.checked;
    summary.changed += look.changed;
    summary.became_failures += look.became_failures;
    summary.stopped_early |= look.stopped_early;
}

output::Record summary_record(const reconcile::Summary& summary,
                              const Workspace& workspace,
                              Instant started_at,
                              Instant finished_at,
                              std::int64_t removed)
{
    output::Summary shown;
    shown.removed = removed;
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
    shown.pages = summary.pages;
    shown.lookups = summary.lookups;
    shown.saved = std::max(0, summary.checked - summary.requests);
    shown.settled = summary.settled;
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
    session.note(fmt::format("{} checked{}, {} changed, {} settled, {} missed inbound, {} {}",
                             summary.checked,
                             how,
                             summary.changed,
                             summary.settled,
                             summary.inbound,
                             summary.requests,
                             summary.requests == 1 ? "request" : "requests"));
    if (summary.in_doubt > 0)
        session.note(fmt::format("{} in doubt; the next runs look for {} again",
                                 summary.in_doubt,
                                 summary.in_doubt == 1 ? "it" : "them"));
}

} // namespace

reconcile::Options
reconcile_options(const ReconcileOptions& options, store::Scope& scope, Session& session)
{
    const Instant now = session.clock().now();
    reconcile::Options result;
    result.message_rows = rows_of(options.references, scope);
    if (!options.batch.empty())
        result.batch_row = store::Batches(scope).resolve(options.batch).row;
    result.from_the_start = options.since.has_value();
    if (options.since) {
        result.since = now - *options.since;
        result.made_since = result.since;
    }
    if (options.older_than)
        result.older_than = now - *options.older_than;
    if (options.max_requests == 0)
        throw usage_error("usage.max_requests",
                          "--max-requests 0 would ask nothing",
                          "give at least 1, or leave it out for no limit");
    result.max_requests = options.max_requests.value_or(0);
    if (!options.rate.empty()) {
        result.rate = settings::parse_rate(options.rate);
        if (!result.rate)
            throw usage_error("usage.rate",
                              fmt::format("{} is no rate", options.rate),
                              "give requests a second, such as --rate 5");
    }
    result.inbound = !options.no_inbound && options.batch.empty();
    result.settle = !options.no_settle;
    result.dry_run = session.options().dry_run;
    return result;
}

reconcile::Summary reconcile_once(const reconcile::Options& options,
                                  store::Scope& scope,
                                  SteadyPrinter& printer,
                                  Session& session)
{
    const Instant started_at = session.clock().now();
    const Workspace& workspace = scope.workspace();
    const auto provider = session.provider(workspace);
    reconcile::Options settings = options;
    settings.whole_messages = printer.is_heard();
    if (!settings.dry_run) {
        delivery::settle_abandoned(scope, session.clock());
        if (settings.settle)
            settings.first = [&](reconcile::Summary& summary, int most) {
                settle_requests(options, scope, session, printer, summary, most);
            };
    }
    // Or every tenth page would wait until the log was copied, and the end for the rest of it.
    const store::Checkpointer checkpointer(scope.database(), {.usual = 1000, .most = 4000});
    reconcile::Reconciler reconciler(scope, *provider, session.clock());
    const reconcile::Summary summary = reconciler.run(
        settings,
        [&](const updates::Applied& applied) {
            if (applied.message && printer.is_heard())
                printer.print(output::message_record(*applied.message, workspace.name));
        },
        session.stop_token());
    const bool may_remove = !settings.dry_run && !summary.locked && settings.message_rows.empty() &&
                            settings.batch_row == 0;
    const std::int64_t removed = may_remove ? apply_retention(scope, session) : 0;
    printer.print(summary_record(summary, workspace, started_at, session.clock().now(), removed));
    tell(summary, session);
    return summary;
}

} // namespace smsctl
