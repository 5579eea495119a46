#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "commands/sync_history.hpp"
#include "output/record.hpp"
#include "updates/sync_numbers.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <memory>

namespace smsctl {

namespace {

struct SyncOptions {
    std::vector<std::string> what;
    std::optional<Instant> since;
    bool full = false;
    bool prune = false;
};

/// In the order in which they are synced: a conversation's number is known before its messages.
constexpr std::array<std::string_view, 3> kinds{"numbers", "messages", "calls"};

output::Change change_of(const updates::NumberDifference& difference)
{
    output::Change change;
    change.id = difference.number.id;
    change.kind = "number";
    change.change = word(difference.kind);
    change.address = difference.number.address;
    change.name = difference.number.friendly_name;
    change.provider_id = difference.number.provider_id;
    for (const updates::FieldDifference& field : difference.fields)
        change.fields.push_back({std::string(field.field), field.from, field.to});
    return change;
}

std::string sentence(const updates::NumberSync& sync)
{
    const auto count = [&sync](updates::DifferenceKind kind) {
        return std::count_if(sync.differences.begin(),
                             sync.differences.end(),
                             [kind](const auto& difference) { return difference.kind == kind; });
    };
    const std::string_view noun = sync.active_count == 1 ? "number" : "numbers";
    if (sync.differences.empty())
        return fmt::format("{} {}, nothing changed", sync.active_count, noun);
    return fmt::format("{} {}: {} added, {} changed, {} removed",
                       sync.active_count,
                       noun,
                       count(updates::DifferenceKind::added),
                       count(updates::DifferenceKind::changed),
                       count(updates::DifferenceKind::removed));
}

void sync_numbers(store::Scope& scope,
                  providers::Provider& provider,
                  updates::Vanished vanished,
                  Session& session,
                  output::Printer& printer)
{
    auto listed = provider.list_numbers();
    const auto make = session.options().dry_run ? updates::compare_numbers : updates::sync_numbers;
    const updates::NumberSync sync =
        make(scope, std::move(listed), session.clock().now(), vanished);
    for (const updates::NumberDifference& difference : sync.differences)
        printer.print(output::change_record(change_of(difference), scope.workspace().name));
    session.note(sentence(sync) + (session.options().dry_run ? " (dry run)" : ""));
}

/// Which kinds were asked for; all that there are when none was.
std::vector<std::string> wanted(const SyncOptions& options)
{
    for (const std::string& what : options.what) {
        if (what == "optouts")
            throw usage_error("usage.unsupported",
                              "Twilio has no list of opt-outs to sync: it tells of them by texts "
                              "with STOP and START and by refusing sends",
                              "smsctl sync messages brings those texts; smsctl optout list");
        if (what == "profiles")
            throw usage_error("usage.unsupported",
                              "profiles cannot be synced: smsctl does not store any yet",
                              "a Messaging Service is named by its id, as in --from MG…");
        if (std::find(kinds.begin(), kinds.end(), what) == kinds.end())
            throw usage_error("usage.value",
                              fmt::format("'{}' is nothing to sync", what),
                              fmt::format("smsctl sync [{}]", fmt::join(kinds, "] [")));
    }
    if (options.since && options.full)
        throw usage_error("usage.exclusive",
                          "--since and --full exclude each other",
                          "--full reads everything, --since back to a time");
    const bool has_numbers =
        options.what.empty() ||
        std::find(options.what.begin(), options.what.end(), "numbers") != options.what.end();
    if (options.prune && !has_numbers)
        throw usage_error("usage.prune",
                          "--prune is for numbers: messages and calls stay when the provider "
                          "forgets them",
                          "smsctl sync numbers --prune");
    if (options.what.empty())
        return {kinds.begin(), kinds.end()};
    return options.what;
}

void sync(std::string_view kind,
          const SyncOptions& options,
          store::Scope& scope,
          providers::Provider& provider,
          Session& session,
          output::Printer& printer)
{
    updates::HistoryOptions history;
    history.since = options.since;
    history.full = options.full;
    history.dry_run = session.options().dry_run;
    if (kind == "numbers")
        sync_numbers(scope,
                     provider,
                     options.prune ? updates::Vanished::pruned : updates::Vanished::kept,
                     session,
                     printer);
    else if (kind == "messages")
        sync_messages(scope, provider, history, session, printer);
    else
        sync_calls(scope, provider, history, session, printer);
}

void run(const SyncOptions& options, Session& session)
{
    constexpr const char* hint = "run it again: it goes on where it stopped";
    const std::vector<std::string> what = wanted(options);
    const std::stop_token stop = session.stop_token();
    store::Scope scope = session.scope(Access::mutating);
    const auto provider = session.provider(scope.workspace());
    auto printer = session.printer(output::Shape::stream,
                                   "change",
                                   {{"change", "CHANGE"},
                                    {"kind", "KIND"},
                                    {"address", "NUMBER"},
                                    {"name", "NAME"},
                                    {"provider_id", "PROVIDER ID"}});
    for (const std::string_view kind : kinds) {
        if (std::find(what.begin(), what.end(), kind) == what.end())
            continue;
        try {
            sync(kind, options, scope, *provider, session, printer);
        } catch (const Error& error) {
            if (error.exit() == Exit::unavailable) // a wait that was cut short, perhaps
                session.throw_if_stopped(hint);
            throw;
        }
        if (stop.stop_requested())
            session.throw_if_stopped(hint);
    }
    printer.finish();
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app) = {
        "smsctl sync                         # numbers, messages and calls: what is new\n"
        "smsctl sync numbers -n              # what would change\n"
        "smsctl sync messages --since 30d    # the texts of a month, both ways\n"
        "smsctl sync calls --full            # every call once more\n"
        "smsctl sync numbers --prune         # forget those that were given back",
        "Makes what is stored here what the provider has, and prints a record for each\n"
        "difference: added, changed or removed. Run again at once, it prints none.\n"
        "The first sync of messages or calls reads everything there is, later ones what\n"
        "came since and what still lacked a price; a page of 1,000 is one transaction.\n"
        "Killed and run again, it goes on where it was. With --since the first sync\n"
        "begins there, and later ones look no further back.\n"
        "Texts enter their conversations as if their webhooks had come, with contacts,\n"
        "unread counts and opt-outs; `message mark --read` clears the counts. Texts that\n"
        "somebody else sent from the account appear as well. One that may be a send of\n"
        "ours that is in doubt is left for `reconcile` to settle.\n"
        "A number that the provider no longer lists is kept, inactive; --prune forgets\n"
        "it. Messages and calls stay when the provider forgets them.",
        "change"};
    const auto options = std::make_shared<SyncOptions>();
    add_operand(app, "WHAT", options->what, "numbers, messages, calls (all of them without)");
    add_time(app,
             session,
             "--since",
             options->since,
             text::DurationMeans::ago,
             "Read messages and calls back to here");
    add_switch(app, "--full", options->full, "Read all messages and calls, not only what is new");
    add_switch(app, "--prune", options->prune, "Forget numbers that the provider no longer lists");
    on_run(app, session, options, run);
}

} // namespace

extern const Command sync_command;
const Command sync_command{
    "sync", Group::keep_in_step, "Pull what the provider has into the database", declare};

} // namespace smsctl
