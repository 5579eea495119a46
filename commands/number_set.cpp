#include "commands/number_set.hpp"

#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "output/record.hpp"
#include "store/lookup.hpp"
#include "store/pointings.hpp"
#include "updates/number_settings.hpp"
#include "webhook/pointing.hpp"

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

/// What a listener that was killed left pointed at itself; nothing when the webhook is not to
/// change.
std::optional<store::Pointing>
left_over(const sms::Number& number, const SetOptions& options, store::Scope& scope, Instant now)
{
    const bool is_webhook = options.undo || settings_of(options).webhook_url.has_value();
    for (store::Pointing& left : store::Pointings(scope).left_over(now))
        if (is_webhook && left.number_row == number.row)
            return std::move(left);
    return std::nullopt;
}

/// Puts back what `listen --point` replaced and did not put back, which is what --undo asks for.
sms::Number put_back(webhook::Pointing& pointing, providers::Provider& provider, Session& session)
{
    if (pointing.put_back(provider) == webhook::PutBack::left_alone)
        session.warn(
            fmt::format("smsctl: the webhook of {} was changed to {} meanwhile, which stays",
                        pointing.number().address,
                        shown(pointing.number().webhook_url)));
    return pointing.number();
}

void run(const SetOptions& options, Session& session)
{
    session.check_fields("number");
    updates::NumberSettings settings = settings_of(options);
    store::Scope scope = session.scope(Access::mutating);
    const sms::Number found = store::find_number(scope, options.reference);
    sms::Number before = found;
    const auto left = left_over(found, options, scope, session.clock().now());
    if (left) {
        before.webhook_url = left->former_url;
        before.webhook_method = left->former_method;
        settings.undo_webhook = false;
    }
    sms::Number after = updates::with_settings(before, settings);
    const bool tell_provider = left || updates::concerns_provider(before, after);
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
    webhook::Pointing pointing(scope, session.clock(), found);
    if (options.undo || settings.webhook_url)
        pointing.claim(); // not while a listener has pointed it
    sms::Number shown_before = before;
    if (left)
        shown_before.webhook_url = left->url;
    if (!may_point(shown_before, after, session)) {
        pointing.release();
        throw usage_error("usage.not_confirmed", "nothing was changed");
    }
    const auto provider = tell_provider ? session.provider(scope.workspace()) : nullptr;
    if (left) {
        before = put_back(pointing, *provider, session);
        after = updates::with_settings(before, settings);
    }
    const bool is_done = left && options.assignments.empty();
    print(is_done ? before
                  : updates::apply_settings(scope, provider.get(), session.clock(), before, after),
          scope,
          session);
    pointing.release();
}

} // namespace

void declare_number_set(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "set", "Change a number's webhook, name or owner");
    session.notes(verb) = {
        "smsctl number set +15550199 webhook=https://sms.example.com/ friendly-name=Desk\n"
        "smsctl number set +15550199 --undo    # the webhook it had before, or before listen "
        "--point",
        "webhook and friendly-name are changed at the provider, owner only here. A new\n"
        "webhook is shown beside the old one and confirmed, or --yes says so; webhook=\n"
        "with no value clears it. What a listen --point that was killed left behind is put\n"
        "back by --undo as well; while one is at work the webhook is its own.",
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
