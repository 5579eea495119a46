#include "commands/sync_history.hpp"

#include "commands/session.hpp"
#include "output/progress.hpp"
#include "output/record.hpp"
#include "updates/call_history.hpp"
#include "updates/message_history.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string>

namespace smsctl {

namespace {

std::string grouped(std::size_t count)
{
    return output::grouped(static_cast<std::int64_t>(count));
}

output::Change change_of(const updates::Difference& difference, std::string_view kind)
{
    output::Change change;
    change.id = difference.id;
    change.kind = kind;
    change.change = word(difference.kind);
    change.address = difference.address;
    change.provider_id = difference.provider_id;
    for (const updates::FieldDifference& field : difference.fields)
        change.fields.push_back({std::string(field.field), field.from, field.to});
    return change;
}

std::string counted(std::size_t count, std::string_view noun)
{
    return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

/// `noun` is what one of them is called.
std::string sentence(const updates::HistoryTally& tally, std::string_view noun)
{
    const std::string read =
        fmt::format("{} read in {}", counted(tally.listed, noun), counted(tally.pages, "page"));
    if (tally.added == 0 && tally.changed == 0)
        return read + ", nothing changed";
    return fmt::format(
        "{}: {} added, {} changed", read, grouped(tally.added), grouped(tally.changed));
}

/// `kind` is what records call one of them.
void sync(store::Scope& scope,
          updates::History& history,
          std::string_view kind,
          const updates::HistoryOptions& options,
          Session& session,
          output::Printer& printer)
{
    updates::HistoryTally tally;
    {
        output::Progress progress(session.streams().err,
                                  session.streams().err_is_terminal && !session.options().quiet,
                                  session.clock());
        tally = updates::HistorySync(scope, history, options)
                    .run(
                        [&](const updates::Difference& difference) {
                            if (session.streams().out_is_terminal)
                                progress.clear();
                            printer.print(output::change_record(change_of(difference, kind),
                                                                scope.workspace().name));
                        },
                        [&](const updates::HistoryTally& so_far) {
                            if (progress.is_due())
                                progress.show(sentence(so_far, kind));
                        },
                        session.stop_token());
    }
    session.note(sentence(tally, kind) + (options.dry_run ? " (dry run)" : ""));
}

} // namespace

void sync_messages(store::Scope& scope,
                   providers::Provider& provider,
                   const updates::HistoryOptions& options,
                   Session& session,
                   output::Printer& printer)
{
    updates::MessageHistory history(scope, provider, session.clock());
    sync(scope, history, "message", options, session, printer);
    if (history.left_count() > 0)
        session.note(fmt::format("{} may be sends of ours that are in doubt: run smsctl reconcile, "
                                 "then sync again",
                                 history.left_count()));
}

void sync_calls(store::Scope& scope,
                providers::Provider& provider,
                const updates::HistoryOptions& options,
                Session& session,
                output::Printer& printer)
{
    updates::CallHistory history(scope, provider, session.clock());
    sync(scope, history, "call", options, session, printer);
}

} // namespace smsctl
