#include "webhook/trigger.hpp"

#include "commands/shared_options.hpp"
#include "core/id.hpp"
#include "core/text.hpp"
#include "http/url.hpp"
#include "output/record.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace smsctl {

namespace {

// Where `listen` listens unless told otherwise.
constexpr std::string_view default_url = "http://127.0.0.1:8787/";
// A number for fiction (NANPA 555-01XX); nobody gets a text.
constexpr std::string_view somebody = "+14155550199";
constexpr Millis answer_within = std::chrono::seconds(15); // as long as Twilio waits
constexpr std::size_t longest_body = 2000;
constexpr int latest_messages = 200;

struct TriggerOptions {
    std::string type;
    std::string url{default_url};
    std::vector<std::string> changes;
    bool is_unsigned = false;
    bool bad_signature = false;
    std::string expect;
    bool curl = false;
    bool list = false;
};

/// HTTP statuses that count as success.
struct Expected {
    long long from = 200;
    long long to = 299;
};

Expected expected_from(const std::string& text)
{
    if (text.empty())
        return {};
    const auto dash = text.find('-');
    const auto from = text::to_integer(text.substr(0, dash));
    const auto to = dash == std::string::npos ? from : text::to_integer(text.substr(dash + 1));
    if (!from || !to || *from < 100 || *to > 599 || *from > *to)
        throw usage_error("usage.value",
                          fmt::format("--expect: '{}' is no HTTP status and no range", text),
                          "such as --expect 403 or --expect 400-499");
    return {*from, *to};
}

http::Form changes_from(const std::vector<std::string>& texts)
{
    http::Form changes;
    for (const std::string& text : texts) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0)
            throw usage_error("usage.value",
                              fmt::format("--set: '{}' is not FIELD=VALUE", text),
                              "such as --set Body='hello there'");
        changes.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return changes;
}

void check_url(const std::string& text, Session& session)
{
    const auto url = http::parse_url(text);
    if (!url)
        throw usage_error("usage.url", fmt::format("--url: '{}' is no http or https URL", text));
    if (!url->is_loopback() &&
        !session.confirm(fmt::format("Send a synthetic webhook to {}?", url->host)))
        throw usage_error("usage.not_confirmed", "nothing was sent");
}

std::string our_number(store::Scope& scope, const Workspace& workspace)
{
    if (std::string from = workspace.setting("from"); !from.empty())
        return from;
    const auto numbers = store::Numbers(scope).list(false);
    const auto found = std::find_if(
        numbers.begin(), numbers.end(), [](const auto& number) { return number.capabilities.sms; });
    if (found == numbers.end())
        throw Error(Exit::not_found,
                    "not_found.number",
                    fmt::format("workspace {} has no number that can text", workspace.name),
                    "run smsctl sync numbers, or name one: --set To=+1…");
    return found->address;
}

/// The message that a status is about: the one with the provider id in `changes`, else the newest
/// that the provider has taken.
std::optional<sms::Message> reported_message(store::Scope& scope, const http::Form& changes)
{
    store::Messages messages(scope);
    if (const auto sid = http::first(changes, "MessageSid"); !sid.empty())
        return messages.by_provider_id(sid);
    store::MessageQuery query;
    query.direction = sms::Direction::outbound;
    query.limit = latest_messages;
    for (const sms::Message& message : messages.list(query))
        if (!message.provider_id.empty())
            return message;
    throw Error(Exit::not_found,
                "not_found.message",
                "no message was sent yet that a status could be about",
                "send one first, or name one: --set MessageSid=SM…");
}

webhook::TriggerSubject
subject_of(const std::string& type, const http::Form& changes, Session& session)
{
    const Workspace& workspace = session.workspace(Access::reading);
    store::Scope scope = session.scope(Access::reading);
    webhook::TriggerSubject subject;
    subject.account_id = workspace.account_id;
    subject.their_address = somebody;
    const bool inbound = type.starts_with("inbound");
    if (!inbound) {
        if (const auto message = reported_message(scope, changes)) {
            subject.provider_id = message->provider_id;
            subject.our_address = message->from;
            subject.their_address = message->to;
            return subject;
        }
    }
    if (!http::contains(changes, inbound ? "To" : "From"))
        subject.our_address = our_number(scope, workspace);
    return subject;
}

http::Request request_of(const TriggerOptions& options, const http::Form& form, Session& session)
{
    if (options.is_unsigned && options.bad_signature)
        throw usage_error("usage.excludes",
                          "--unsigned and --bad-signature cannot be used together");
    webhook::Signing signing = webhook::Signing::valid;
    if (options.is_unsigned)
        signing = webhook::Signing::none;
    if (options.bad_signature)
        signing = webhook::Signing::bad;
    const Secret token = signing == webhook::Signing::valid
                             ? session.webhook_secret(session.workspace(Access::reading))
                             : Secret();
    const Millis timeout =
        std::min(answer_within, session.options().timeout.value_or(answer_within));
    return webhook::make_request(options.url, form, signing, token, timeout);
}

/// Delivers it and fills in what came back; false when no answer came.
bool deliver(const http::Request& request, const Expected& expected, output::Delivery& delivery)
{
    const auto start = std::chrono::steady_clock::now();
    const http::Result result = http::Client("TwilioProxy/1.1 (smsctl trigger)").perform(request);
    delivery.duration =
        std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - start);
    if (const auto* error = std::get_if<http::TransportError>(&result)) {
        delivery.error = error->message;
        return false;
    }
    const auto& response = std::get<http::Response>(result);
    delivery.http = response.status;
    delivery.body = text::to_utf8(std::string_view(response.body).substr(0, longest_body));
    delivery.ok = response.status >= expected.from && response.status <= expected.to;
    return true;
}

void list_types(Session& session)
{
    auto printer =
        session.printer(output::Shape::many, "", {{"id", "TYPE"}, {"meaning", "WHAT HAPPENS"}});
    for (const webhook::TriggerType& type : webhook::trigger_types())
        printer.print({{"object", "trigger_type"}, {"id", type.name}, {"meaning", type.meaning}});
    printer.finish();
}

void describe(const http::Request& request, const http::Form& form, Session& session)
{
    session.note(fmt::format("would send {} {}", request.method, request.url));
    for (const auto& [name, value] : request.headers)
        session.note(fmt::format("{}: {}", name, value));
    for (const auto& [name, value] : form)
        session.note(fmt::format("  {}={}", name, output::visible(value)));
}

void run(const TriggerOptions& options, Session& session)
{
    if (options.list) {
        list_types(session);
        return;
    }
    if (options.type.empty())
        throw usage_error("usage.missing", "missing TYPE", "smsctl trigger --list shows them");
    const Expected expected = expected_from(options.expect);
    const http::Form changes = changes_from(options.changes);
    // Before the database is asked: what is no type or field needs none.
    webhook::make_form(options.type, {}, changes, session.clock().now());
    const webhook::TriggerSubject subject = subject_of(options.type, changes, session);
    const http::Form form =
        webhook::make_form(options.type, subject, changes, session.clock().now());
    const http::Request request = request_of(options, form, session);
    if (options.curl) {
        session.streams().out << webhook::as_curl(request) << '\n' << std::flush;
        return;
    }
    if (session.options().dry_run) {
        describe(request, form, session);
        return;
    }
    session.check_fields("delivery");
    check_url(options.url, session);

    output::Delivery delivery;
    delivery.created_at = session.clock().now();
    delivery.id = new_id("dlv", delivery.created_at);
    delivery.type = options.type;
    delivery.url = request.url;
    delivery.is_signed = !options.is_unsigned && !options.bad_signature;
    delivery.provider_id = http::first(form, "MessageSid");
    const bool answered = deliver(request, expected, delivery);
    auto printer = session.printer(output::Shape::one, "delivery", {});
    printer.print(output::delivery_record(delivery, session.workspace(Access::reading).name));
    printer.finish();
    if (!answered)
        throw Error(Exit::unavailable,
                    "webhook.unreachable",
                    fmt::format("{} gave no answer: {}", request.url, delivery.error),
                    "start one with: smsctl listen");
    if (!delivery.ok)
        throw Error(Exit::rejected,
                    "webhook.refused",
                    fmt::format("{} answered {}", request.url, delivery.http));
}

void declare(CLI::App& app, Session& session)
{
    std::string details = "Types:\n";
    for (const webhook::TriggerType& type : webhook::trigger_types())
        details += fmt::format("  {:<20} {}\n", type.name, type.meaning);
    details += "\nA status is about the newest message that was sent, unless --set MessageSid=… "
               "says otherwise.";
    session.notes(app) = {"smsctl trigger inbound.sms --set Body='hello there'\n"
                          "smsctl trigger status.failed:30007\n"
                          "smsctl trigger inbound.sms --bad-signature --expect 403\n"
                          "smsctl trigger inbound.stop --curl    # the same as a curl line",
                          details,
                          "delivery"};
    const auto options = std::make_shared<TriggerOptions>();
    add_operand(app, "TYPE", options->type, "What happens, such as inbound.sms");
    add_text(app, "--url", options->url, "URL", "Where to (default http://127.0.0.1:8787/)");
    add_texts(app, "--set", options->changes, "FIELD=V", "Twilio's own field names; repeatable");
    add_switch(app, "--unsigned", options->is_unsigned, "Leave the signature out");
    add_switch(app, "--bad-signature", options->bad_signature, "Sign with a wrong token");
    add_text(app, "--expect", options->expect, "CODE|A-B", "HTTP statuses that are a success");
    add_switch(app, "--curl", options->curl, "Print a curl line instead; it holds no token");
    add_switch(app, "--list", options->list, "List the types");
    on_run(app, session, options, run);
}

} // namespace

extern const Command trigger_command;
const Command trigger_command{
    "trigger", Group::test_webhooks, "Deliver a signed synthetic webhook", declare};

} // namespace smsctl
