#include "commands/message_verify.hpp"

#include "http/form.hpp"
#include "output/verification_record.hpp"
#include "providers/registry.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smsctl {

namespace {

/// Where the provider was told to send what is about our numbers in `payload`.
std::vector<std::string> webhooks_of(const std::string& payload, store::Scope& scope)
{
    std::vector<std::string> urls;
    const http::Form form = http::decode_form(payload);
    for (const std::string_view field : {"To", "From"}) {
        const auto number = store::Numbers(scope).by_address(http::first(form, field));
        if (number && !number->webhook_url.empty())
            urls.push_back(number->webhook_url);
    }
    return urls;
}

const providers::Webhooks& webhooks_for(const http::ServerRequest& request,
                                        const Workspace& workspace)
{
    const providers::Webhooks* recognised =
        providers::recognise({request.method, {request.target}, request.headers, request.body});
    return recognised != nullptr ? *recognised : providers::webhooks(workspace.provider);
}

webhook::Verification not_kept(const sms::Event& event, store::Scope& scope)
{
    webhook::Verification unknown;
    const auto message = store::Messages(scope).by_row(event.message_row);
    unknown.reason = message && message->redacted_at
                         ? "its message was redacted, and its request with it"
                         : "its request was not kept: it came before smsctl kept them, or not "
                           "through listen";
    return unknown;
}

webhook::Verification verification_of(const sms::Event& event, Session& session)
{
    const Workspace& workspace = session.workspace(Access::reading);
    store::Scope scope = session.scope(Access::reading);
    const auto kept = webhook::decode(store::EventLog(scope).request_of(event.seq));
    if (!kept)
        return not_kept(event, scope);
    return webhook::verify_again(*kept,
                                 event.payload,
                                 {.public_url = workspace.setting("public-url"),
                                  .webhooks = webhooks_of(event.payload, scope)},
                                 webhooks_for(webhook::restore(*kept, event.payload), workspace),
                                 session.webhook_secret(workspace));
}

/// For people: what to do about it.
void advise(const webhook::Verification& verification, Session& session)
{
    if (verification.verified.value_or(false))
        return;
    if (!verification.public_url.empty())
        session.note(fmt::format("hint: smsctl workspace set {} public-url={}",
                                 session.workspace(Access::reading).name,
                                 verification.public_url));
}

} // namespace

void verify_event(const sms::Event& event, Session& session)
{
    if (event.source != sms::EventSource::callback || event.kind == sms::EventKind::opt_out)
        throw usage_error("usage.verify",
                          fmt::format("no webhook is kept with {}", event.id),
                          "smsctl tail --kind event shows the events whose source is callback");
    const webhook::Verification verification = verification_of(event, session);
    auto printer = session.printer(output::Shape::one, "verification", {});
    printer.print(output::verification_record(
        verification, event.id, session.workspace(Access::reading).name));
    printer.finish();
    advise(verification, session);
}

} // namespace smsctl
