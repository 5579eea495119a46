#include "commands/optout_change.hpp"

#include "commands/optout_numbers.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "output/opt_out_record.hpp"
#include "store/lookup.hpp"
#include "store/opt_outs.hpp"
#include "store/reference.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <set>

namespace smsctl {

namespace {

constexpr const char* from_help = "Only this sender; else every sender of the workspace";

struct AddOptions {
    std::vector<std::string> numbers;
    std::optional<std::string> from;
    std::string reason;
};

struct RemoveOptions {
    std::vector<std::string> references;
    std::optional<std::string> from;
    std::string reason;
};

std::string sender_text(const std::string& our_address)
{
    return our_address.empty() ? "every sender" : our_address;
}

void check_reason(const std::string& reason)
{
    if (!text::is_utf8(reason))
        throw usage_error("usage.reason", "--reason is not UTF-8");
}

void print(const std::vector<output::OptOutState>& states,
           const std::vector<std::string>& operands,
           const store::Scope& scope,
           Session& session)
{
    std::vector<output::Column> columns = opt_out_columns();
    columns.insert(columns.begin(), {"change", "CHANGE"});
    auto printer = session.printer(shape_of(operands), "opt_out", std::move(columns));
    for (const output::OptOutState& state : states)
        printer.print(output::opt_out_record(state, scope.workspace().name));
    printer.finish();
}

/// Adds opt-outs for one sender, or says what would be added.
class Add {
public:
    Add(const AddOptions& options, store::Scope& scope, Session& session)
        : m_options(options),
          m_session(session),
          m_opt_outs(scope),
          m_sender(named_sender(options.from, scope).value_or(""))
    {
    }

    output::OptOutState add(const NamedNumber& number);

private:
    std::optional<store::OptOut> stored(const std::string& address);

    const AddOptions& m_options;
    Session& m_session;
    store::OptOuts m_opt_outs;
    std::string m_sender;
    std::set<std::string> m_would_be; ///< what a dry run would have added by now
};

/// The opt-out for exactly this sender.
std::optional<store::OptOut> Add::stored(const std::string& address)
{
    auto row = m_opt_outs.find(address, m_sender);
    return row && row->our_address == m_sender ? row : std::nullopt;
}

output::OptOutState Add::add(const NamedNumber& number)
{
    const std::string& reason = number.reason.empty() ? m_options.reason : number.reason;
    output::OptOutState state{.number = number.address,
                              .from = m_sender,
                              .row = stored(number.address),
                              .opted_out = true,
                              .change = "unchanged",
                              .removal_reason = {}};
    if (state.row)
        return state;
    if (m_session.options().dry_run) {
        if (m_would_be.insert(number.address).second)
            state.change = "added";
        state.row.emplace();
        state.row->our_address = m_sender;
        state.row->reason = reason;
        return state;
    }
    m_opt_outs.add(
        number.address, m_sender, reason, m_session.clock().now(), sms::EventSource::command);
    state.row = stored(number.address);
    state.change = "added";
    return state;
}

void run_add(const AddOptions& options, Session& session)
{
    session.check_fields("opt_out");
    check_reason(options.reason);
    store::Scope scope = session.scope(Access::mutating);
    Add addition(options, scope, session);
    const std::vector<NamedNumber> numbers = named_numbers(options.numbers, scope, session);
    const std::stop_token stop = session.stop_token();
    std::vector<output::OptOutState> states;
    states.reserve(numbers.size());
    const auto add_all = [&] {
        for (const NamedNumber& number : numbers) {
            if (stop.stop_requested())
                session.throw_if_stopped("nothing was stored; run it again");
            states.push_back(addition.add(number));
        }
    };
    if (session.options().dry_run) {
        add_all();
        session.note("dry run: nothing was stored");
    } else {
        store::Transaction transaction = scope.begin();
        add_all();
        transaction.commit();
    }
    print(states, options.numbers, scope, session);
}

store::OptOut find_one(const std::string& reference,
                       const std::optional<std::string>& sender,
                       store::Scope& scope)
{
    store::OptOuts opt_outs(scope);
    if (reference.starts_with("opt_")) {
        store::OptOut row = opt_outs.resolve(reference);
        if (sender && row.our_address != *sender)
            throw usage_error("usage.sender",
                              fmt::format("{} does not belong to sender {}", row.id, *sender),
                              "leave out --from: the id says it all");
        return row;
    }
    std::vector<store::OptOut> rows = opt_outs.of(store::find_address(scope, reference));
    if (sender)
        std::erase_if(rows, [&](const store::OptOut& row) { return row.our_address != *sender; });
    if (rows.empty())
        throw not_found_error(sender ? "opt-out for this sender of" : "opt-out of",
                              reference,
                              fmt::format("smsctl optout list --with {} shows all", reference));
    if (rows.size() == 1)
        return std::move(rows.front());
    std::vector<std::string> candidates;
    for (const store::OptOut& row : rows)
        candidates.push_back(fmt::format("{} ({})", row.id, sender_text(row.our_address)));
    throw store::ambiguous("opt-out", reference, candidates);
}

std::vector<store::OptOut> find_all(const RemoveOptions& options, store::Scope& scope)
{
    const auto sender = named_sender(options.from, scope);
    std::vector<store::OptOut> rows;
    std::set<std::string> ids;
    for (const std::string& reference : options.references) {
        store::OptOut row = find_one(reference, sender, scope);
        if (ids.insert(row.id).second)
            rows.push_back(std::move(row));
    }
    return rows;
}

/// Completes what is said of a row that was, or would be, removed: whether another keeps the number
/// from being texted.
void add_what_remains(output::OptOutState& state, store::Scope& scope, Session& session)
{
    const store::OptOut& row = *state.row;
    if (row.source != sms::EventSource::command)
        session.note(fmt::format("{}: {} goes on blocking it until they text START",
                                 row.address,
                                 scope.workspace().provider));
    for (const store::OptOut& other : store::OptOuts(scope).of(row.address)) {
        const bool concerns_it = row.our_address.empty() || other.our_address.empty();
        if (other.id == row.id || !concerns_it)
            continue;
        state.opted_out = true;
        session.note(fmt::format("{} is still opted out of {} ({})",
                                 other.address,
                                 sender_text(other.our_address),
                                 other.id));
    }
}

output::OptOutState removed(store::OptOut row, const std::string& reason)
{
    output::OptOutState state;
    state.number = row.address;
    state.from = row.our_address;
    state.row = std::move(row);
    state.change = "removed";
    state.removal_reason = reason;
    return state;
}

void run_remove(const RemoveOptions& options, Session& session)
{
    session.check_fields("opt_out");
    check_reason(options.reason);
    if (text::trim(options.reason).empty())
        throw usage_error("usage.reason",
                          "--reason is empty",
                          "say why they may be texted again; it is kept in the log");
    store::Scope scope = session.scope(Access::mutating);
    store::OptOuts opt_outs(scope);
    const bool dry_run = session.options().dry_run;
    std::vector<output::OptOutState> states;
    const auto remove_all = [&] {
        for (store::OptOut& row : find_all(options, scope)) {
            if (!dry_run)
                opt_outs.remove(row.address,
                                row.our_address,
                                options.reason,
                                session.clock().now(),
                                sms::EventSource::command);
            states.push_back(removed(std::move(row), options.reason));
        }
    };
    if (dry_run) {
        remove_all();
        session.note("dry run: nothing was removed");
    } else {
        store::Transaction transaction = scope.begin();
        remove_all();
        transaction.commit();
    }
    for (output::OptOutState& state : states)
        add_what_remains(state, scope, session);
    print(states, options.references, scope, session);
}

} // namespace

void declare_optout_add(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "add", "Never text these numbers");
    session.notes(verb) = {
        "smsctl optout add +14155550100 --reason 'asked by phone'\n"
        "smsctl optout add - --reason 'old system' < numbers.txt    # all of them or none",
        "The lines of stdin are a number each, maybe a comma and its reason; empty lines\n"
        "and # comments do not count. One that is known already stays as it is.",
        "opt_out"};
    const auto options = std::make_shared<AddOptions>();
    add_operand(verb, "NUMBER", options->numbers, "Numbers or contacts; -: one a line from stdin")
        ->required();
    add_text(verb, "--from", options->from, "SENDER", from_help);
    add_text(verb, "--reason", options->reason, "TEXT", "Why, for the record");
    on_run(verb, session, options, run_add);
}

void declare_optout_rm(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "rm", "Allow texting these numbers again");
    session.notes(verb) = {
        "smsctl optout rm +14155550100 --reason 'signed up again on the web'\n"
        "smsctl optout rm opt_01jz --reason 'wrong number'",
        "The removal and its reason stay in the event log: tail --kind event. What a\n"
        "person stopped with STOP the provider goes on blocking until they text START.",
        "opt_out"};
    const auto options = std::make_shared<RemoveOptions>();
    add_operand(verb, "REF", options->references, "An opt_ id, a number or a contact")->required();
    add_text(verb, "--from", options->from, "SENDER", "The one for this sender");
    add_text(verb, "--reason", options->reason, "TEXT", "Why, for the record")->required();
    on_run(verb, session, options, run_remove);
}

} // namespace smsctl
