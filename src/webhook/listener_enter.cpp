// What one request makes of the database, within the transaction of its batch.

#include "core/text.hpp"
#include "store/event_log.hpp"
#include "store/savepoint.hpp"
#include "store/scope.hpp"
#include "updates/apply.hpp"
#include "webhook/kept_request.hpp"
#include "webhook/listener_impl.hpp"

namespace smsctl::webhook {

namespace {

/// How much of a request that was not applied is kept: enough to see what it was, little enough
/// that strangers do not fill the disk.
constexpr std::size_t refused_payload = std::size_t{4} << 10U;

std::string_view query(std::string_view target)
{
    const std::size_t mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

std::string provider_id(const providers::WebhookContent& content)
{
    if (const auto* inbound = std::get_if<providers::InboundMessage>(&content))
        return inbound->provider_id;
    if (const auto* report = std::get_if<providers::StatusReport>(&content))
        return report->provider_id;
    return {};
}

} // namespace

std::string Listener::Impl::Request::payload() const
{
    return text::to_utf8(http.method == "GET" ? query(http.target) : http.body);
}

void Listener::Impl::enter(Request& request)
{
    if (request.inspected->refusal != 0)
        refuse(request, request.inspected->refusal, request.inspected->reason);
    else
        apply(request);
}

void Listener::Impl::apply(Request& request)
{
    Inspected& inspected = *request.inspected;
    store::Scope scope = database.scope(inspected.workspace);
    const std::string payload = request.payload();
    updates::Updates updates(scope, clock, encode(keep(request.http, options.public_url, payload)));
    updates::Applied applied;
    std::optional<sms::Message> replied;
    if (const auto* inbound = std::get_if<providers::InboundMessage>(&inspected.content)) {
        applied = updates.apply(*inbound, sms::EventSource::callback, payload, request.arrived_at);
        replied = reply(request, scope, *inbound, applied);
    } else {
        const auto& report = std::get<providers::StatusReport>(inspected.content);
        Replier::adopt(scope, report, request.http.target);
        applied = updates.apply(report, sms::EventSource::callback, payload);
    }
    const bool is_news =
        applied.event.kind == sms::EventKind::message ||
        applied.event.kind == sms::EventKind::status ||
        (!applied.was_removed && !store::EventLog(scope).told_before(applied.event));
    if (is_news && options.forwarder != nullptr)
        request.entered = options.forwarder->enter(scope, applied.event, request.http);
    request.received = Received{.http_status = inspected.acknowledgement.status,
                                .workspace = inspected.workspace,
                                .event = std::move(applied.event),
                                .message = std::move(applied.message),
                                .is_news = is_news,
                                .reply = std::move(replied)};
}

/// Puts a reply into the answer. What goes wrong with it stays with it: the text is taken all the
/// same.
std::optional<sms::Message> Listener::Impl::reply(Request& request,
                                                  store::Scope& scope,
                                                  const providers::InboundMessage& inbound,
                                                  updates::Applied& applied)
{
    const bool is_news = applied.event.kind == sms::EventKind::message;
    if (options.forwarder != nullptr || (is_news && replier.is_silent(scope)))
        return std::nullopt;
    try {
        store::Savepoint part(database);
        auto answer = replier.answer(scope, inbound, applied, request.http, clock.now());
        part.keep();
        if (!answer)
            return std::nullopt;
        request.reply = std::move(answer->response);
        return std::move(answer->message);
    } catch (const std::exception& error) {
        applied.event.reply.reset();
        if (options.on_reply_problem)
            options.on_reply_problem(error.what());
        return std::nullopt;
    }
}

void Listener::Impl::refuse(Request& request, int status, std::string_view reason)
{
    store::Scope scope = database.scope(request.inspected->workspace);
    std::string payload = request.payload();
    if (payload.size() > refused_payload)
        payload = text::to_utf8(std::string_view(payload).substr(0, refused_payload));
    const KeptRequest kept = keep(request.http, options.public_url, payload, refused_payload);
    sms::Event event = updates::Updates(scope, clock, encode(kept))
                           .refuse(provider_id(request.inspected->content), reason, payload);
    if (refused_counts[scope.workspace().row]++ % options.refused_at_once == 0)
        store::EventLog(scope).keep_newest_refused(options.refused_kept);
    request.received = Received{.http_status = status,
                                .workspace = request.inspected->workspace,
                                .event = std::move(event),
                                .message = {}};
}

} // namespace smsctl::webhook
