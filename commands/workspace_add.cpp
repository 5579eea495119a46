#include "commands/secret_options.hpp"
#include "commands/shared_options.hpp"
#include "commands/workspace.hpp"
#include "providers/registry.hpp"
#include "sim/identity.hpp"
#include "store/workspaces.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>

namespace smsctl {

namespace {

struct AddOptions {
    std::string name;
    std::string provider;
    std::string account_sid;
    std::string api_key;
    SecretSource secret;
    SecretSource webhook_secret;
    std::string from;
    bool make_default = false;
    bool no_check = false;
    std::string if_exists = "fail";
};

std::string variable(const char* name)
{
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

void check_name(const std::string& name)
{
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    if (name.empty() || name.front() == '-' || !std::all_of(name.begin(), name.end(), fits))
        throw usage_error("usage.name",
                          fmt::format("'{}' cannot be a workspace's name", name),
                          "use letters, digits, - _ and .");
    if (name == "env")
        throw usage_error("usage.name",
                          "env is the workspace that TWILIO_* variables make",
                          "choose another name");
}

/// "AC" or "SK" and 32 hexadecimal digits.
void check_sid(const std::string& option, const std::string& sid, const std::string& prefix)
{
    constexpr std::string_view digits = "0123456789abcdefABCDEF";
    constexpr std::size_t length = 34;
    if (sid.size() == length && sid.substr(0, 2) == prefix &&
        sid.find_first_not_of(digits, 2) == std::string::npos)
        return;
    throw usage_error(
        "usage.sid",
        fmt::format("{}: '{}' is not {} and 32 hexadecimal digits", option, sid, prefix),
        "copy it from the provider's console");
}

void fill_account(Workspace& workspace, const AddOptions& options)
{
    workspace.provider = options.provider;
    if (!options.account_sid.empty()) {
        check_sid("--account-sid", options.account_sid, "AC");
        workspace.account_id = options.account_sid;
    }
    if (!options.api_key.empty()) {
        check_sid("--api-key", options.api_key, "SK");
        workspace.api_key_id = options.api_key;
    }
    if (options.provider == "sim") {
        const std::string base = variable("SMSCTL_API_BASE");
        const std::string account = base.empty() ? "" : variable("TWILIO_ACCOUNT_SID");
        workspace.settings["api-base"] =
            base.empty() ? fmt::format("http://{}", sim::default_address) : base;
        if (options.account_sid.empty())
            workspace.account_id = account.empty() ? std::string(sim::default_account_id) : account;
    }
    if (workspace.account_id.empty())
        throw usage_error("usage.missing", "missing --account-sid");
}

/// The simulator's token is no secret; every other provider's comes from the options or a prompt.
std::optional<NewSecret>
new_api_secret(const AddOptions& options, bool has_stored_one, Session& session)
{
    if (options.secret.is_given())
        return read_secret(options.secret, session);
    if (options.provider == "sim") {
        const std::string token =
            variable("SMSCTL_API_BASE").empty() ? "" : variable("TWILIO_AUTH_TOKEN");
        return NewSecret{Secret(token.empty() ? std::string(sim::default_auth_token) : token),
                         std::nullopt};
    }
    if (has_stored_one)
        return std::nullopt;
    return prompt_for_secret(options.api_key.empty() ? "Auth Token:" : "API key secret:", session);
}

void check_with_provider(const Workspace& workspace, const Secret& secret, Session& session)
{
    providers::ProviderConfig config;
    config.account_id = workspace.account_id;
    config.api_key_id = workspace.api_key_id;
    config.secret = secret;
    config.api_base = session.api_base(workspace);
    config.clock = &session.clock();
    config.stop = session.stop_token();
    if (session.options().verbosity >= 2)
        config.trace = [&session](std::string_view line) { session.warn(line); };
    providers::make_provider(workspace.provider, config)->check_credentials();
}

struct NewSecrets {
    std::optional<NewSecret> api;
    std::optional<NewSecret> webhook;
};

void save(Workspace& workspace, const NewSecrets& secrets, bool make_default, Session& session)
{
    store::Workspaces workspaces(session.database());
    store::Transaction transaction = session.database().begin();
    if (workspace.row == 0)
        workspaces.add(workspace, session.clock().now());
    else
        workspaces.update(workspace);
    const auto keep = [&](const std::optional<NewSecret>& secret, store::Purpose purpose) {
        if (secret)
            workspaces.set_credential(
                workspace, purpose, secret->credential(Session::seal_context(workspace, purpose)));
    };
    keep(secrets.api, store::Purpose::api);
    keep(secrets.webhook, store::Purpose::webhook);
    if (make_default) {
        workspaces.make_default(workspace);
        workspace.is_default = true;
    }
    transaction.commit();
}

void run(const AddOptions& options, Session& session)
{
    session.check_fields("workspace");
    check_name(options.name);
    if (options.secret.from_stdin && options.webhook_secret.from_stdin)
        throw usage_error("usage.secret_stdin", "stdin can hold only one secret");
    session.may_make_database();
    store::Workspaces workspaces(session.database());
    const auto known = workspaces.find(options.name);
    if (known && options.if_exists == "fail")
        throw usage_error("usage.workspace_exists",
                          fmt::format("there is a workspace {} already", options.name),
                          "choose another name, or --if-exists update");
    Workspace workspace = known.value_or(Workspace());
    workspace.name = options.name;
    fill_account(workspace, options);
    if (!options.from.empty())
        workspace.settings["from"] = setting_to_store(workspace, "from", options.from);
    const bool has_stored_one =
        known && workspaces.credential(*known, store::Purpose::api).has_value();
    NewSecrets secrets;
    secrets.api = new_api_secret(options, has_stored_one, session);
    if (options.webhook_secret.is_given())
        secrets.webhook = read_secret(options.webhook_secret, session);
    if (!options.no_check)
        check_with_provider(
            workspace, secrets.api ? secrets.api->text : session.api_secret(*known), session);
    if (session.options().dry_run) {
        session.note("nothing was saved (--dry-run)");
        workspace.created_at = known ? known->created_at : session.clock().now();
        auto printer = session.printer(output::Shape::one, "workspace", {});
        printer.print(output::workspace_record(workspace, "", ""));
        printer.finish();
        return;
    }
    save(workspace, secrets, options.make_default, session);
    if (!workspace.api_key_id.empty() && !secrets.webhook && !known)
        session.note(
            "webhooks are signed with the Auth Token: add --webhook-secret-* to verify them");
    print_workspace(workspace, session);
}

} // namespace

void declare_workspace_add(CLI::App& app, Session& session)
{
    CLI::App& verb = add_verb(app, "add", "Add a workspace, once its credentials are tested");
    session.notes(verb) = {
        "smsctl workspace add prod --provider twilio --account-sid AC…    # asks for the Auth "
        "Token\n"
        "pass twilio | smsctl workspace add prod --provider twilio --account-sid AC… "
        "--secret-stdin\n"
        "smsctl workspace add dev --provider sim                          # the simulator",
        "",
        "workspace"};
    const auto options = std::make_shared<AddOptions>();
    add_operand(verb, "NAME", options->name, "Its name")->required();
    add_choice(verb, "--provider", options->provider, {"twilio", "sim"}, "Whose account it is")
        ->required();
    add_text(verb, "--account-sid", options->account_sid, "AC…", "The account");
    add_text(verb, "--api-key", options->api_key, "SK…", "Sign in with an API key; instead");
    add_text(verb, "-f,--from", options->from, "SENDER", "The default sender");
    add_switch(verb, "--default", options->make_default, "Use it when no workspace is named");
    add_switch(verb, "--no-check", options->no_check, "Save without asking the provider");
    add_choice(verb,
               "--if-exists",
               options->if_exists,
               {"fail", "update"},
               "What to do when the name is taken");
    add_secret_options(verb, options->secret, "--secret", "Auth Token or key secret");
    add_secret_options(verb, options->webhook_secret, "--webhook-secret", "Webhooks' Auth Token");
    on_run(verb, session, options, run);
}

} // namespace smsctl
