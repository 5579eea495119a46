#include "commands/shared_options.hpp"
#include "commands/workspace.hpp"
#include "updates/sync_numbers.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace smsctl {

namespace {

struct TestOptions {
    std::string name;
};

using output::WorkspaceCheck;

/// Account and balance; an API key may be refused what the account's own token may read.
void read_account(providers::Provider& provider, output::WorkspaceTest& test)
{
    try {
        const providers::Account account = provider.account();
        test.account_id = account.account_id;
        test.account_name = account.name;
        test.account_status = account.status;
        test.account_type = account.type;
        test.balance = provider.balance();
    } catch (const Error& error) {
        if (error.exit() != Exit::auth)
            throw;
        test.checks.push_back({"account", true, "this API key may not read the account", ""});
        return;
    }
    const bool active = test.account_status == "active";
    test.checks.push_back({"account",
                           active,
                           fmt::format("the account is {}", test.account_status),
                           active ? "" : "ask the provider to reactivate it"});
}

WorkspaceCheck check_numbers(const Workspace& workspace, const std::vector<sms::Number>& numbers)
{
    const auto texting = std::count_if(
        numbers.begin(), numbers.end(), [](const auto& number) { return number.capabilities.sms; });
    if (texting > 0)
        return {"numbers", true, fmt::format("{} can text", texting), ""};
    const bool has_sender = !workspace.setting("from").empty();
    return {"numbers",
            has_sender,
            "the account has no number that can text",
            has_sender ? "" : "buy one in the provider's console"};
}

WorkspaceCheck check_sender(const Workspace& workspace, const std::vector<sms::Number>& numbers)
{
    const std::string from = workspace.setting("from");
    if (!from.empty()) {
        const bool owned =
            from.front() != '+' || std::any_of(numbers.begin(), numbers.end(), [&](const auto& n) {
                return n.address == from;
            });
        return {"sender",
                owned,
                owned ? fmt::format("{} is the default sender", from)
                      : fmt::format("the account does not own {}", from),
                owned ? "" : fmt::format("smsctl workspace set {} from=NUMBER", workspace.name)};
    }
    if (numbers.size() == 1)
        return {"sender", true, fmt::format("{} is the only number", numbers.front().address), ""};
    return {"sender",
            false,
            "no default sender is set",
            fmt::format("smsctl workspace set {} from={}",
                        workspace.name,
                        numbers.empty() ? "NUMBER" : numbers.front().address)};
}

WorkspaceCheck check_webhook_secret(const Workspace& workspace, Session& session)
{
    try {
        session.webhook_secret(workspace);
        return {"webhooks", true, "signatures can be verified", ""};
    } catch (const Error& error) {
        return {"webhooks", false, error.what(), error.hint()};
    }
}

WorkspaceCheck check_public_url(const Workspace& workspace)
{
    const std::string url = workspace.setting("public-url");
    if (!url.empty())
        return {"public-url", true, url, ""};
    return {
        "public-url", true, "not set; listen takes it from --public-url or the request's Host", ""};
}

/// A connection that works is the moment to learn which numbers there are.
void sync(const Workspace& workspace, const std::vector<sms::Number>& numbers, Session& session)
{
    if (session.options().dry_run)
        return;
    store::Scope scope = session.database().scope(workspace);
    const updates::NumberSync found = updates::sync_numbers(scope, numbers, session.clock().now());
    if (!found.differences.empty())
        session.note(
            fmt::format("synced numbers, which made {} differences; smsctl number list shows them",
                        found.differences.size()));
}

void run(const TestOptions& options, Session& session)
{
    if (!options.name.empty())
        session.options().workspace = options.name;
    const Workspace workspace = session.workspace(Access::reading);
    const auto provider = session.provider(workspace);
    provider->check_credentials();
    output::WorkspaceTest test;
    test.checks.push_back({"credentials", true, "the provider takes them", ""});
    read_account(*provider, test);
    const std::vector<sms::Number> numbers = provider->list_numbers();
    for (const sms::Number& number : numbers)
        test.numbers.push_back(number.address);
    sync(workspace, numbers, session);
    test.checks.push_back(check_numbers(workspace, numbers));
    test.checks.push_back(check_sender(workspace, numbers));
    test.checks.push_back(check_webhook_secret(workspace, session));
    test.checks.push_back(check_public_url(workspace));
    auto printer = session.printer(output::Shape::one, "workspace_test", {});
    printer.print(output::workspace_test_record(workspace, test));
    printer.finish();
}

} // namespace

void declare_workspace_test(CLI::App& app, Session& session)
{
    CLI::App& verb = add_verb(app, "test", "Sign in, and say what is missing");
    session.notes(verb) = {"smsctl workspace test prod\n"
                           "smsctl workspace test --print '{{balance}} {{currency}}'",
                           "",
                           "workspace_test"};
    const auto options = std::make_shared<TestOptions>();
    add_operand(verb, "NAME", options->name, "The workspace; the default when left out");
    on_run(verb, session, options, run);
}

} // namespace smsctl
