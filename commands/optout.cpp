#include "commands/command.hpp"
#include "commands/optout_change.hpp"
#include "commands/optout_numbers.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "core/error.hpp"
#include "output/opt_out_record.hpp"
#include "store/lookup.hpp"
#include "store/opt_outs.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace smsctl {

namespace {

struct ListOptions {
    std::optional<std::string> from;
    std::vector<std::string> with;
};

struct CheckOptions {
    std::vector<std::string> numbers;
    std::optional<std::string> from;
};

void run_list(const ListOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    store::OptOuts opt_outs(scope);
    store::OptOutQuery query;
    query.our_address = named_sender(options.from, scope);
    for (const std::string& reference : options.with)
        query.with.push_back(store::find_address(scope, reference));
    query.limit = session.row_limit();
    auto printer = session.printer(output::Shape::many, "opt_out", opt_out_columns());
    for (const store::OptOut& row : opt_outs.list(query))
        printer.print(output::opt_out_record(row, scope.workspace().name));
    printer.finish();
    session.note_empty(printer.count(),
                       opt_outs.count({}) == 0 ? "no opt-outs yet" : "no opt-out fits");
    if (query.limit > 0)
        session.note_cut(printer.count(), opt_outs.count(query));
}

/// What keeps `address` from being texted from `sender`, or from any sender when none is given.
std::optional<store::OptOut> obstacle(store::OptOuts& opt_outs,
                                      const std::string& address,
                                      const std::optional<std::string>& sender)
{
    if (sender)
        return opt_outs.find(address, *sender);
    auto rows = opt_outs.of(address);
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

void run_check(const CheckOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    store::OptOuts opt_outs(scope);
    const auto sender = named_sender(options.from, scope);
    const std::vector<NamedNumber> numbers = named_numbers(options.numbers, scope, session);
    std::vector<output::Column> columns = opt_out_columns();
    columns.insert(columns.begin(), {"opted_out", "OPTED OUT"});
    auto printer = session.printer(shape_of(options.numbers), "opt_out", std::move(columns));
    std::size_t blocked_count = 0;
    for (const NamedNumber& number : numbers) {
        output::OptOutState state;
        state.number = number.address;
        state.from = sender.value_or("");
        state.row = obstacle(opt_outs, number.address, sender);
        state.opted_out = state.row.has_value();
        blocked_count += state.opted_out ? 1 : 0;
        printer.print(output::opt_out_record(state, scope.workspace().name));
    }
    printer.finish();
    if (blocked_count == 0)
        return;
    const std::string what = numbers.size() == 1
                                 ? fmt::format("{} opted out", numbers.front().address)
                                 : fmt::format("{} of {} opted out", blocked_count, numbers.size());
    throw blocked_count == numbers.size()
        ? Error(Exit::blocked, "blocked.opt_out", what, "the records say of what, and since when")
        : Error(Exit::partial, "partial", what, "the records say who");
}

void declare_list(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "list", "Who must not be texted, newest first");
    session.notes(verb) = {"smsctl optout list --from +15550199\n"
                           "smsctl optout list --limit 0 --fields number,reason --format csv",
                           "",
                           "opt_out"};
    const auto options = std::make_shared<ListOptions>();
    add_text(verb,
             "--from",
             options->from,
             "SENDER",
             "Only those that hold for this sender: its own and every sender's");
    add_texts(verb, "--with", options->with, "NUMBER", "Only of this number or contact");
    on_run(verb, session, options, run_list);
}

void declare_check(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "check", "Ask whether numbers may be texted");
    session.notes(verb) = {
        "smsctl optout check +14155550100 -q && echo fine\n"
        "smsctl optout check - --from +15550199 < numbers.txt --print '{{number}} {{opted_out}}'",
        "Exit 0: none opted out; 11: all did; 9: some did. Without --from an opt-out of\n"
        "any sender counts. A send makes sure by itself, and no option overrides it.",
        "opt_out"};
    const auto options = std::make_shared<CheckOptions>();
    add_operand(verb, "NUMBER", options->numbers, "Numbers or contacts; -: one a line from stdin")
        ->required();
    add_text(verb, "--from", options->from, "SENDER", "Texted from this sender");
    on_run(verb, session, options, run_check);
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app).examples = "smsctl optout add +14155550100 --reason 'asked by phone'\n"
                                  "smsctl optout check +14155550100\n"
                                  "smsctl optout list";
    declare_optout_add(app, session);
    declare_list(app, session);
    declare_optout_rm(app, session);
    declare_check(app, session);
}

} // namespace

extern const Command optout_command;
const Command optout_command{
    "optout", Group::set_up, "Who must not be texted: add, list, rm, check", declare};

} // namespace smsctl
