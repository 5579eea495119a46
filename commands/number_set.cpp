#include "commands/number_set.hpp"

#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "output/record.hpp"
#include "store/lookup.hpp"
#include "updates/number_settings.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace smsctl {

namespace {

struct SetOptions {
    std::string reference;
    std::vector<std::string> assignments;
    bool undo = false;
};

/// One `NAME=VALUE`; names are given once.
void take(const std::string& assignment, updates::NumberSettings& settings)
{
    const std::size_t equals = assignment.find('=');
    const std::string name = assignment.substr(0, equals);
    const std::vector<std::string> names{"webhook", "friendly-name", "owner"};
    if (equals == std::string::npos)
        throw usage_error("usage.setting",
                          fmt::format("'{}' is not NAME=VALUE", assignment),
                          "names: webhook, friendly-name, owner");
    std::optional<std::string>* field = nullptr;
    if (name == "webhook")
        field = &settings.webhook_url;
    else if (name == "friendly-name")
        field = &settings.friendly_name;
    else if (name == "owner")
        field = &settings.owner;
    if (field == nullptr) {
        const std::string near = did_you_mean(name, names);
        throw usage_error("usage.unknown_setting",
                          fmt::format("a number has no setting '{}'", name),
                          near.empty() ? "names: webhook, friendly-name, owner" : near);
    }
    if (*field)
        throw usage_error("usage.setting", fmt::format("'{}' is given twice", name));
    *field = assignment.substr(equals + 1);
}

updates::NumberSettings settings_of(const SetOptions& options)
{
    updates::NumberSettings settings;
    for (const std::string& assignment : options.assignments)
        take(assignment, settings);
    settings.undo_webhook = options.undo;
    if (options.undo && settings.webhook_url)
        throw usage_error("usage.excludes", "webhook= and --undo cannot be used together");
    if (!options.undo && options.assignments.empty())
        throw usage_error("usage.missing",
                          "nothing to set",
                          "give webhook=URL, friendly-name=TEXT or owner=NAME, or --undo");
    return settings;
}

std::string_view shown(const std::string& url)
{
    return url.empty() ? std::string_view("nowhere") : std::string_view(url);
}

/// Asks before inbound messages go elsewhere; true when they may, or stay where they were.
bool may_point(const sms::Number& before, const sms::Number& after, Session& session)
{
    if (before.webhook_url == after.webhook_url && before.webhook_method == after.webhook_method)
        return true;
    return session.confirm(fmt::format("Inbound messages of {}: {} -> {}?",
                                       before.address,
                                       shown(before.webhook_url),
                                       shown(after.webhook_url)));
}

void print(const sms::Number& number, const store::Scope& scope, Session& session)
{
    auto printer = session.printer(output::Shape::one, "number", {});
    printer.print(output::number_record(number, scope.workspace().name));
    printer.finish();
}

void run(const SetOptions& options, Session& session)
{
    session.check_fields("number");
    const updates::NumberSettings settings = settings_of(options);
    store::Scope scope = session.scope(Access::mutating);
    const sms::Number before = store::find_number(scope, options.reference);
    const sms::Number after = updates::with_settings(before, settings);
    const bool tell_provider = updates::concerns_provider(before, after);
    if (tell_provider && !before.active)
        throw not_found_error("active number",
                              before.address,
                              "the provider no longer lists it; smsctl sync numbers looks again");
    if (session.options().dry_run) {
        if (tell_provider)
            session.note(fmt::format("dry run: {} was not asked to change {}",
                                     scope.workspace().provider,
                                     before.address));
        print(after, scope, session);
        return;
    }
    if (!may_point(before, after, session))
        throw usage_error("usage.not_confirmed", "nothing was changed");
    const auto provider = tell_provider ? session.provider(scope.workspace()) : nullptr;
    print(updates::apply_settings(scope, provider.get(), session.clock(), before, after),
          scope,
          session);
}

} // namespace

void declare_number_set(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "set", "Change a number's webhook, name or owner");
    session.notes(verb) = {
        "smsctl number set +15550199 webhook=https://sms.example.com/ friendly-name=Desk\n"
        "smsctl number set +15550199 --undo    # the webhook it had before",
        "webhook and friendly-name are changed at the provider, owner only here. A new\n"
        "webhook is shown beside the old one and confirmed, or --yes says so; webhook=\n"
        "with no value clears it.",
        "number"};
    const auto options = std::make_shared<SetOptions>();
    add_operand(verb, "REF", options->reference, "A number, its num_ id or the provider's id")
        ->required();
    add_operand(
        verb, "NAME=VALUE", options->assignments, "webhook=URL, friendly-name=TEXT, owner=NAME");
    add_switch(verb, "--undo", options->undo, "Put back the webhook that was replaced last");
    on_run(verb, session, options, run);
}

} // namespace smsctl
