#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "output/record.hpp"
#include "updates/sync_numbers.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace smsctl {

namespace {

struct SyncOptions {
    std::vector<std::string> what;
};

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

void sync_numbers(Session& session)
{
    session.check_fields("change");
    store::Scope scope = session.scope(Access::mutating);
    auto listed = session.provider(scope.workspace())->list_numbers();
    const Instant now = session.clock().now();
    const updates::NumberSync sync = session.options().dry_run
                                         ? updates::compare_numbers(scope, std::move(listed), now)
                                         : updates::sync_numbers(scope, std::move(listed), now);
    auto printer = session.printer(output::Shape::many,
                                   "change",
                                   {{"change", "CHANGE"},
                                    {"address", "NUMBER"},
                                    {"name", "NAME"},
                                    {"provider_id", "PROVIDER ID"}});
    for (const updates::NumberDifference& difference : sync.differences)
        printer.print(output::change_record(change_of(difference), scope.workspace().name));
    printer.finish();
    session.note(sentence(sync) + (session.options().dry_run ? " (dry run)" : ""));
}

void run(const SyncOptions& options, Session& session)
{
    for (const std::string& what : options.what)
        if (what != "numbers")
            throw usage_error(
                "usage.value", fmt::format("'{}' is nothing to sync", what), "smsctl sync numbers");
    sync_numbers(session);
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app) = {
        "smsctl sync numbers\n"
        "smsctl sync numbers -n    # what would change",
        "Makes the numbers stored here those of the provider, in one transaction, and\n"
        "prints a record for each difference: added, changed or removed. Run again at\n"
        "once, it prints none. A number that the provider no longer lists is kept,\n"
        "inactive.",
        "change"};
    const auto options = std::make_shared<SyncOptions>();
    add_operand(app, "WHAT", options->what, "numbers (which is also what nothing means)");
    on_run(app, session, options, run);
}

} // namespace

extern const Command sync_command;
const Command sync_command{
    "sync", Group::keep_in_step, "Pull what the provider has into the database", declare};

} // namespace smsctl
