#include "commands/number_set.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "output/record.hpp"
#include "store/lookup.hpp"
#include "store/numbers.hpp"

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace smsctl {

namespace {

struct ListOptions {
    bool all = false;
};

struct ShowOptions {
    std::string reference;
};

std::vector<output::Column> columns(bool also_inactive)
{
    std::vector<output::Column> columns{{"number", "NUMBER"},
                                        {"friendly_name", "NAME"},
                                        {"capabilities.sms", "SMS"},
                                        {"capabilities.mms", "MMS"},
                                        {"capabilities.voice", "VOICE"},
                                        {"owner", "OWNER"},
                                        {"webhook_url", "WEBHOOK"}};
    if (also_inactive)
        columns.push_back({"active", "ACTIVE"});
    return columns;
}

void run_list(const ListOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    const std::vector<sms::Number> numbers = store::Numbers(scope).list(options.all);
    const auto limit = static_cast<std::size_t>(session.row_limit());
    auto printer = session.printer(output::Shape::many, "number", columns(options.all));
    for (const sms::Number& number : numbers) {
        if (limit != 0 && printer.count() == limit)
            break;
        printer.print(output::number_record(number, scope.workspace().name));
    }
    printer.finish();
    session.note_cut(printer.count(), static_cast<std::int64_t>(numbers.size()));
    session.note_empty(printer.count(), "no numbers here; smsctl sync numbers fetches them");
}

void run_show(const ShowOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    const sms::Number number = store::find_number(scope, options.reference);
    auto printer = session.printer(output::Shape::one, "number", columns(true));
    printer.print(output::number_record(number, scope.workspace().name));
    printer.finish();
}

void declare_list(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "list", "Numbers of the workspace, as last synced");
    session.notes(verb) = {
        "smsctl number list --print '{{number}} {{friendly_name}}'", "", "number"};
    const auto options = std::make_shared<ListOptions>();
    add_switch(verb, "--all", options->all, "Also those the provider no longer lists");
    on_run(verb, session, options, run_list);
}

void declare_show(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "show", "One number");
    session.notes(verb) = {"smsctl number show +15550199 --fields webhook_url", "", "number"};
    const auto options = std::make_shared<ShowOptions>();
    add_operand(verb, "REF", options->reference, "A number, its num_ id or the provider's id")
        ->required();
    on_run(verb, session, options, run_show);
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app).examples = "smsctl number list\n"
                                  "smsctl number set +15550199 webhook=https://sms.example.com/";
    declare_list(app, session);
    declare_show(app, session);
    declare_number_set(app, session);
}

} // namespace

extern const Command number_command;
const Command number_command{"number", Group::set_up, "Phone numbers: list, show, set", declare};

} // namespace smsctl
