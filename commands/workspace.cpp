#include "commands/workspace.hpp"

#include "commands/secret_options.hpp"
#include "commands/shared_options.hpp"
#include "core/text.hpp"
#include "phone/e164.hpp"
#include "store/messages.hpp"
#include "store/workspaces.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

namespace smsctl {

namespace {

struct NameOptions {
    std::string name;
};

bool has(const char* variable)
{
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

std::string secret_source(const Workspace& workspace, store::Purpose purpose, Session& session)
{
    if (workspace.ambient) {
        const bool by_key = purpose == store::Purpose::api && !workspace.api_key_id.empty();
        const char* const variable = by_key ? "TWILIO_API_SECRET" : "TWILIO_AUTH_TOKEN";
        return has(variable) ? fmt::format("env:{}", variable) : "";
    }
    std::string stored =
        describe_credential(store::Workspaces(session.database()).credential(workspace, purpose));
    // Without one of its own, webhooks are checked with the Auth Token that signs in.
    if (stored.empty() && purpose == store::Purpose::webhook && workspace.api_key_id.empty())
        return secret_source(workspace, store::Purpose::api, session);
    return stored;
}

void run_list(Session& session)
{
    std::vector<Workspace> workspaces;
    for (Workspace& workspace : store::Workspaces(session.database()).list()) {
        if (!workspace.ambient)
            workspaces.push_back(std::move(workspace));
    }
    if (auto ambient = session.ambient_workspace())
        workspaces.push_back(*std::move(ambient));
    auto printer = session.printer(output::Shape::many,
                                   "workspace",
                                   {{"name", "NAME"},
                                    {"provider", "PROVIDER"},
                                    {"account_id", "ACCOUNT"},
                                    {"default", "DEFAULT"},
                                    {"settings.from", "FROM"},
                                    {"secret_from", "SECRET"}});
    for (const Workspace& workspace : workspaces)
        printer.print(describe_workspace(workspace, session));
    printer.finish();
    session.note_empty(printer.count(), "no workspaces yet; smsctl workspace add makes one");
}

void run_show(const NameOptions& options, Session& session)
{
    print_workspace(options.name.empty() ? session.workspace(Access::reading)
                                         : find_workspace(options.name, session),
                    session);
}

void run_use(const NameOptions& options, Session& session)
{
    session.check_fields("workspace");
    Workspace workspace = find_workspace(options.name, session);
    if (workspace.ambient)
        throw usage_error("usage.ambient",
                          "env is made from variables and cannot be the default",
                          "name it with -w env");
    if (!session.options().dry_run)
        store::Workspaces(session.database()).make_default(workspace);
    workspace.is_default = true;
    print_workspace(workspace, session);
}

void run_rm(const NameOptions& options, Session& session)
{
    session.check_fields("workspace");
    const Workspace workspace = find_workspace(options.name, session);
    store::Scope scope = session.database().scope(workspace);
    const std::int64_t messages = store::Messages(scope).count({});
    const output::Record record = describe_workspace(workspace, session);
    if (!session.options().dry_run) {
        const std::string question = fmt::format(
            "Remove workspace {} with its {} stored messages?", workspace.name, messages);
        if (!session.confirm_by_typing(question, workspace.name))
            throw usage_error("usage.not_confirmed", "nothing was removed");
        store::Workspaces(session.database()).remove(workspace);
    }
    auto printer = session.printer(output::Shape::one, "workspace", {});
    printer.print(record);
    printer.finish();
}

CLI::App& declare_verb(
    CLI::App& noun, Session& session, const char* name, const char* summary, const char* examples)
{
    CLI::App& verb = add_verb(noun, name, summary);
    session.notes(verb) = {examples, "", "workspace"};
    return verb;
}

CLI::Option*
declare_named(CLI::App& verb, Session& session, void (*run)(const NameOptions&, Session&))
{
    const auto options = std::make_shared<NameOptions>();
    on_run(verb, session, options, run);
    return add_operand(verb, "NAME", options->name, "The workspace");
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app).examples =
        "smsctl workspace add prod --provider twilio --account-sid AC…   # asks for the Auth "
        "Token\n"
        "smsctl workspace set prod from=+15550199 quiet-hours=21:00-08:00\n"
        "smsctl workspace test prod";
    declare_workspace_add(app, session);
    on_run(declare_verb(app, session, "list", "List the workspaces", "smsctl workspace list"),
           session,
           run_list);
    declare_named(declare_verb(app,
                               session,
                               "show",
                               "Show a workspace, without its secrets",
                               "smsctl workspace show prod"),
                  session,
                  run_show);
    declare_workspace_set(app, session);
    declare_named(
        declare_verb(
            app, session, "use", "Make a workspace the default", "smsctl workspace use prod"),
        session,
        run_use)
        ->required();
    declare_workspace_test(app, session);
    declare_named(declare_verb(app,
                               session,
                               "rm",
                               "Remove a workspace and all that is stored in it",
                               "smsctl workspace rm old          # type its name to go on\n"
                               "smsctl workspace rm old --yes    # in a script"),
                  session,
                  run_rm)
        ->required();
}

} // namespace

output::Record describe_workspace(const Workspace& workspace, Session& session)
{
    return output::workspace_record(workspace,
                                    secret_source(workspace, store::Purpose::api, session),
                                    secret_source(workspace, store::Purpose::webhook, session));
}

void print_workspace(const Workspace& workspace, Session& session)
{
    auto printer = session.printer(output::Shape::one, "workspace", {});
    printer.print(describe_workspace(workspace, session));
    printer.finish();
}

Workspace find_workspace(const std::string& name, Session& session)
{
    return session.named_workspace(name);
}

std::string
setting_to_store(const Workspace& workspace, const std::string& name, const std::string& value)
{
    check_setting(name, value);
    if (name == "region") {
        std::string region = text::upper(value);
        if (!phone::is_region(region))
            throw usage_error("usage.setting",
                              fmt::format("region={} will not do: there is no such country", value),
                              "for example region=US");
        return region;
    }
    if (name != "from" || value.substr(0, 2) == "MG")
        return value;
    const phone::AddressVerdict verdict = phone::sender(value, workspace.region());
    if (!verdict.address)
        throw usage_error("usage.setting", fmt::format("from: '{}' {}", value, verdict.reason));
    return verdict.address->text;
}

extern const Command workspace_command;
const Command workspace_command{"workspace",
                                Group::set_up,
                                "Provider credentials and policy, one workspace per account",
                                declare};

} // namespace smsctl
