#include "commands/doctor_checks.hpp"
#include "core/time_text.hpp"
#include "http/client.hpp"
#include "providers/twilio/api.hpp"
#include "store/messages.hpp"
#include "webhook/pointing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl {

namespace {

using output::Check;
using output::CheckStatus;

/// Looks at one thing of a workspace; what it throws is what is wrong with it.
template <typename Look>
bool look(const std::string& name, const Workspace& workspace, const Tell& tell, Look&& see)
{
    try {
        Check check = see();
        check.name = name;
        check.workspace = workspace.name;
        const bool is_well = check.status != CheckStatus::failed;
        tell(std::move(check));
        return is_well;
    } catch (const Error& error) {
        tell({.name = name,
              .workspace = workspace.name,
              .status = CheckStatus::failed,
              .message = error.what(),
              .fix = error.hint(),
              .exit = error.exit()});
        return false;
    }
}

/// The Date header of whatever the provider answers to somebody who does not sign in.
std::string provider_date(const Workspace& workspace, Session& session)
{
    const std::string base = session.api_base(workspace);
    http::Client client("smsctl");
    http::Request request;
    request.method = "HEAD";
    request.url = (base.empty() ? std::string(providers::twilio::main_base) : base) + "/";
    request.timeout = std::chrono::seconds(10);
    const http::Result result = client.perform(request);
    if (const auto* error = std::get_if<http::TransportError>(&result))
        throw Error(Exit::unavailable,
                    "provider.unavailable",
                    error->message,
                    "look at the network, HTTPS_PROXY and NO_PROXY");
    return std::string(http::header(std::get<http::Response>(result).headers, "Date"));
}

bool points_at(const std::string& webhook, std::string base)
{
    while (base.ends_with('/'))
        base.pop_back();
    if (!webhook.starts_with(base))
        return false;
    const char next = webhook.size() == base.size() ? '/' : webhook[base.size()];
    return next == '/' || next == '?' || next == '#';
}

void check_numbers(const Workspace& workspace, providers::Provider& provider, const Tell& tell)
{
    std::vector<sms::Number> numbers;
    const bool are_known = look("sender", workspace, tell, [&] {
        numbers = provider.list_numbers();
        return judge_sender(workspace, numbers);
    });
    if (workspace.setting("public-url").empty()) {
        tell({.name = "webhooks",
              .workspace = workspace.name,
              .status = CheckStatus::skipped,
              .message = "the workspace has no public-url to compare with",
              .fix = fmt::format("smsctl workspace set {} public-url=https://…", workspace.name)});
        return;
    }
    for (const sms::Number& number : numbers)
        if (number.capabilities.sms)
            look("webhooks", workspace, tell, [&] { return judge_webhook(workspace, number); });
    if (numbers.empty() && are_known)
        tell({.name = "webhooks",
              .workspace = workspace.name,
              .status = CheckStatus::skipped,
              .message = "the account has no number"});
}

} // namespace

output::Check judge_sender(const Workspace& workspace, const std::vector<sms::Number>& numbers)
{
    Check check{.name = "sender", .workspace = workspace.name};
    const std::string from = workspace.setting("from");
    check.fix = fmt::format("smsctl workspace set {} from=NUMBER", workspace.name);
    if (from.empty() && !workspace.setting("messaging-service").empty()) {
        check.message = "a Messaging Service chooses it";
        check.fix.clear();
        return check;
    }
    const std::string address = from.empty() && numbers.size() == 1 ? numbers[0].address : from;
    const auto number = std::find_if(
        numbers.begin(), numbers.end(), [&](const auto& each) { return each.address == address; });
    check.status = CheckStatus::failed;
    if (address.empty()) {
        check.message = "no default sender is set";
    } else if (address.front() != '+') {
        check.status = CheckStatus::ok;
        check.message = fmt::format("{} is no number, so it cannot be looked up", address);
        check.fix.clear();
    } else if (number == numbers.end()) {
        check.message = fmt::format("the account does not own {}", address);
    } else if (!number->capabilities.sms) {
        check.message = fmt::format("{} cannot text", address);
    } else {
        check.status = CheckStatus::ok;
        check.message = fmt::format("{} is the account's and can text", address);
        check.fix.clear();
    }
    return check;
}

output::Check judge_webhook(const Workspace& workspace, const sms::Number& number)
{
    const std::string base = workspace.setting("public-url");
    Check check{.name = "webhooks", .workspace = workspace.name};
    if (!number.application_id.empty()) {
        check.status = CheckStatus::warning;
        check.message =
            fmt::format("{} takes the messages of {}, whose webhook is therefore not used",
                        number.application_id,
                        number.address);
    } else if (points_at(number.webhook_url, base)) {
        check.message = fmt::format("{} points at {}", number.address, number.webhook_url);
    } else {
        check.status = CheckStatus::failed;
        check.message = fmt::format("{} points at {}, and the workspace's public-url is {}",
                                    number.address,
                                    number.webhook_url.empty() ? "nowhere" : number.webhook_url,
                                    base);
        check.fix = fmt::format("smsctl number set {} webhook={} -w {}",
                                number.address,
                                webhook::pointed_url(base, "/"),
                                workspace.name);
    }
    return check;
}

output::Check judge_clock(const std::string& date, Instant now)
{
    const auto theirs = text::parse_rfc2822(date);
    if (!theirs)
        return {.name = "clock",
                .status = CheckStatus::skipped,
                .message = "the provider says no time"};
    constexpr auto most = std::chrono::seconds(60);
    const auto skew = std::chrono::duration_cast<std::chrono::seconds>(now - *theirs);
    if (skew <= most && skew >= -most)
        return {.name = "clock", .message = "agrees with the provider's"};
    return {.name = "clock",
            .status = CheckStatus::failed,
            .message = fmt::format("this machine's clock is {} s {} the provider's",
                                   std::abs(skew.count()),
                                   skew.count() > 0 ? "ahead of" : "behind"),
            .fix = "timedatectl set-ntp true"};
}

void check_account(const Workspace& workspace,
                   const DoctorOptions& options,
                   Session& session,
                   const Tell& tell)
{
    const bool has_secret = look("secrets", workspace, tell, [&] {
        session.api_secret(workspace);
        return Check{.message = "can be read"};
    });
    look("signatures", workspace, tell, [&] {
        session.webhook_secret(workspace);
        return Check{.message = "webhooks can be verified"};
    });
    if (options.offline || !has_secret) {
        for (const char* name : {"clock", "credentials", "sender", "webhooks"})
            tell({.name = name,
                  .workspace = workspace.name,
                  .status = CheckStatus::skipped,
                  .message = options.offline ? "--offline" : "its secret cannot be read"});
        return;
    }
    look("clock", workspace, tell, [&] {
        return judge_clock(provider_date(workspace, session), session.clock().now());
    });
    std::unique_ptr<providers::Provider> provider;
    const bool may_sign_in = look("credentials", workspace, tell, [&] {
        provider = session.provider(workspace);
        provider->check_credentials();
        return Check{.message = "the provider takes them"};
    });
    if (may_sign_in)
        check_numbers(workspace, *provider, tell);
}

} // namespace smsctl
