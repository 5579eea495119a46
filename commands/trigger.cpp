#include "webhook/trigger.hpp"

#include "commands/shared_options.hpp"
#include "commands/trigger_delivery.hpp"
#include "commands/trigger_plan.hpp"
#include "http/url.hpp"
#include "providers/registry.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace smsctl {

namespace {

// Where `listen` listens unless told otherwise.
constexpr std::string_view default_url = "http://127.0.0.1:8787/";
constexpr Millis answer_within = std::chrono::seconds(15); // as long as Twilio waits

void check(const TriggerOptions& options)
{
    if (options.what.empty())
        throw usage_error("usage.missing", "missing WHAT", "smsctl trigger --list shows the types");
    if (options.stale)
        throw usage_error("usage.stale",
                          "--stale: Twilio signs no time, so nothing it sends can be too old",
                          "--duplicate sends what came before once more");
    if (options.via.empty())
        return;
    if (options.url || options.is_unsigned || options.bad_signature || options.duplicate)
        throw usage_error("usage.excludes",
                          "--via sim leaves URL, signature and repeats to the simulator",
                          "leave out --url, --unsigned, --bad-signature and --duplicate");
    if (!options.what.starts_with("inbound."))
        throw usage_error(
            "usage.via",
            fmt::format("--via sim lets a text come in, and {} is none", options.what),
            "smsctl trigger inbound.sms --via sim");
}

void confirm(const std::string& text, Session& session)
{
    const auto url = http::parse_url(text);
    if (!url)
        throw usage_error("usage.url", fmt::format("--url: '{}' is no http or https URL", text));
    if (!url->is_loopback() &&
        !session.confirm(fmt::format("Send a synthetic webhook to {}?", url->host)))
        throw usage_error("usage.not_confirmed", "nothing was sent");
}

std::vector<Outbound> signed_requests(const TriggerOptions& options,
                                      const std::vector<webhook::Webhook>& webhooks,
                                      const std::string& url,
                                      Session& session)
{
    webhook::Signing signing = webhook::Signing::valid;
    if (options.is_unsigned)
        signing = webhook::Signing::none;
    if (options.bad_signature)
        signing = webhook::Signing::bad;
    const bool is_signed = signing == webhook::Signing::valid;
    const Secret token =
        is_signed ? session.webhook_secret(session.workspace(Access::reading)) : Secret();
    std::vector<Outbound> outbound;
    outbound.reserve(webhooks.size());
    for (const webhook::Webhook& webhook : webhooks)
        outbound.push_back({webhook::make_request(url, webhook, signing, token, answer_within),
                            webhook.type,
                            std::string(http::first(webhook.form, "MessageSid")),
                            is_signed});
    return outbound;
}

/// What the simulator's control path takes of an inbound webhook.
http::Form control_form(const http::Form& form)
{
    http::Form taken;
    for (const auto& [name, value] : form)
        if (name == "From" || name == "To" || name == "Body")
            taken.emplace_back(name, value);
        else if (name.starts_with("MediaUrl"))
            taken.emplace_back("MediaUrl", value);
    return taken;
}

void check_sim_fields(const TriggerOptions& options)
{
    for (const auto& [name, value] : changes_of(options))
        if (name != "From" && name != "To" && name != "Body" && !name.starts_with("MediaUrl"))
            throw usage_error("usage.trigger_field",
                              fmt::format("--via sim: the simulator itself fills in {}", name),
                              "--set takes From, To, Body and MediaUrl0, MediaUrl1, …");
}

/// Asks the simulator to receive each text and to call our webhook by itself.
std::vector<Outbound> sim_requests(const std::vector<webhook::Webhook>& webhooks, Session& session)
{
    const std::string base = session.api_base(session.workspace(Access::reading));
    providers::check_api_base("sim", base);
    const auto url = http::parse_url(base).value();
    std::vector<Outbound> outbound;
    for (const webhook::Webhook& webhook : webhooks) {
        http::Request request;
        request.method = "POST";
        request.url = url.origin() + "/sim/inbound";
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
        request.body = http::encode_form(control_form(webhook.form));
        request.timeout = answer_within;
        outbound.push_back({std::move(request), webhook.type, "", false});
    }
    return outbound;
}

void list_types(Session& session)
{
    auto printer =
        session.printer(output::Shape::many, "", {{"id", "TYPE"}, {"meaning", "WHAT HAPPENS"}});
    for (const webhook::TriggerType& type : webhook::trigger_types())
        printer.print({{"object", "trigger_type"}, {"id", type.name}, {"meaning", type.meaning}});
    printer.finish();
}

void describe(const Outbound& one, Session& session)
{
    session.note(fmt::format("would send {} {}", one.request.method, one.request.url));
    for (const auto& [name, value] : one.request.headers)
        session.note(fmt::format("{}: {}", name, value));
    for (const auto& [name, value] : http::decode_form(one.request.body))
        session.note(fmt::format("  {}={}", name, output::visible(value)));
}

void run(const TriggerOptions& options, Session& session)
{
    if (options.list) {
        list_types(session);
        return;
    }
    check(options);
    const Expected expected = expected_from(options.expect);
    const bool via_sim = !options.via.empty();
    if (via_sim)
        check_sim_fields(options);
    const auto webhooks = plan_webhooks(options, session);
    const std::string url = options.url.value_or(std::string(default_url));
    const auto outbound = via_sim ? sim_requests(webhooks, session)
                                  : signed_requests(options, webhooks, url, session);
    if (options.curl) {
        for (const Outbound& one : outbound)
            session.streams().out << webhook::as_curl(one.request) << '\n' << std::flush;
        return;
    }
    if (session.options().dry_run) {
        for (const Outbound& one : outbound)
            describe(one, session);
        return;
    }
    if (!via_sim)
        confirm(url, session);
    deliver(outbound, origin_of(options), expected, options.interval.value_or(Millis(0)), session);
}

/// A line for each kind; failures take an error code.
std::string type_names()
{
    std::string lines;
    std::string_view kind;
    for (const webhook::TriggerType& type : webhook::trigger_types()) {
        const std::size_t dot = type.name.find('.');
        const bool is_new =
            std::exchange(kind, type.name.substr(0, dot)) != type.name.substr(0, dot);
        if (is_new && !lines.empty())
            lines += '\n';
        lines +=
            is_new ? fmt::format("  {}", type.name) : fmt::format(" {}", type.name.substr(dot));
        if (type.meaning.find(":CODE") != std::string_view::npos)
            lines += "[:CODE]";
    }
    return lines + "\n\n";
}

void declare_notes(CLI::App& app, Session& session)
{
    const std::string details =
        "Types (--list says what happens):\n" + type_names() +
        "A status, and each of a flow, is about the newest message that was sent (to the To that "
        "--set gives; one is made up where none was), unless --set MessageSid=… says "
        "otherwise.\n\n"
        "evt_… is a webhook that listen received, refused ones too, signed afresh for --url. A "
        "FILE, or - for stdin, holds one webhook a line: a form as it travels, sent byte for byte, "
        "or a JSON object {\"Field\":\"value\"}.\n\n"
        "--duplicate sends each twice, with the same idempotency token, as a provider does that "
        "tries again. Twilio signs no time: there is nothing --stale could do.\n\n"
        "Exit 0 when each answer was 2xx, or as --expect says; 5 another status, 6 no answer; of "
        "several that code when all agree, else 9.";
    session.notes(app) = {
        "smsctl trigger inbound.sms --set Body='hello there'\n"
        "smsctl trigger status.failed:30007\n"
        "smsctl trigger flow.reordered --set To=+15550199\n"
        "smsctl trigger evt_01jz5d7m --url http://127.0.0.1:3000/sms   # once more, elsewhere\n"
        "smsctl trigger hooks.jsonl --shuffle --duplicate --interval 100ms\n"
        "smsctl trigger inbound.sms --bad-signature --expect 403\n"
        "smsctl trigger inbound.sms --via sim   # the simulator receives it, and calls the "
        "webhook\n"
        "smsctl trigger inbound.stop --curl     # the same as a curl line",
        details,
        "delivery"};
}

void declare(CLI::App& app, Session& session)
{
    declare_notes(app, session);
    const auto options = std::make_shared<TriggerOptions>();
    add_operand(app, "WHAT", options->what, "A type such as inbound.sms, evt_…, a FILE, or -");
    add_text(app, "--url", options->url, "URL", "Where to (default http://127.0.0.1:8787/)");
    add_texts(app, "--set", options->changes, "FIELD=V", "The provider's field names; repeatable");
    add_choice(app, "--provider", options->provider, {"twilio"}, "Whose webhooks to make");
    add_choice(app, "--via", options->via, {"sim"}, "Let the running simulator deliver a text");
    add_count(app, "--count", options->count, "Do it all N times");
    add_duration(app, "--interval", options->interval, "Wait between one and the next");
    add_switch(app, "--shuffle", options->shuffle, "In any order");
    add_switch(app, "--duplicate", options->duplicate, "Each twice, the same request");
    CLI::Option* const no_signature =
        add_switch(app, "--unsigned", options->is_unsigned, "Leave the signature out");
    CLI::Option* const bad_signature =
        add_switch(app, "--bad-signature", options->bad_signature, "Sign with a wrong token");
    no_signature->excludes(bad_signature);
    add_switch(app, "--stale", options->stale, "Sign an old time; Twilio signs none: exit 2");
    add_text(app, "--expect", options->expect, "CODE|A-B", "HTTP statuses that are a success");
    add_switch(app, "--curl", options->curl, "Print curl lines instead; they hold no token");
    add_switch(app, "--list", options->list, "List the types");
    on_run(app, session, options, run);
}

} // namespace

extern const Command trigger_command;
const Command trigger_command{"trigger", Group::test_webhooks, "Deliver a signed webhook", declare};

} // namespace smsctl
