#include "webhook/listener.hpp"

#include "core/text.hpp"
#include "store/event_log.hpp"
#include "store/savepoint.hpp"
#include "store/scope.hpp"
#include "updates/apply.hpp"
#include "webhook/forwarder.hpp"
#include "webhook/inspector.hpp"
#include "webhook/kept_request.hpp"
#include "webhook/plain_answers.hpp"
#include "webhook/signed_urls.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace smsctl::webhook {

namespace {

constexpr int not_found = 404;
constexpr int not_allowed = 405;
constexpr int internal_error = 500;
constexpr int unavailable = 503;
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

struct Listener::Impl {
    struct Request {
        http::ServerRequest http;
        http::Responder respond;
        Instant arrived_at;
        std::optional<Inspected> inspected;
        std::optional<Received> received; ///< set once it is in the database
        std::optional<Entered> entered;   ///< set beside it when it is to be forwarded
        int failure = unavailable;        ///< the answer while `received` is not set

        /// The parameters as they came, as text.
        std::string payload() const
        {
            return text::to_utf8(http.method == "GET" ? query(http.target) : http.body);
        }
    };

    Impl(const std::string& location,
         ListenerOptions the_options,
         SecretOf secret_of,
         OnReceived the_on_received,
         Clock& the_clock)
        : options(std::move(the_options)),
          on_received(std::move(the_on_received)),
          clock(the_clock),
          database({.location = location}),
          inspector(database, options, std::move(secret_of), the_clock),
          replier(options.reply, options.public_url)
    {
    }

    void write(const std::stop_token& stop);
    void settle(std::vector<Request>& batch);
    void inspect(Request& request);
    bool enter_together(std::vector<Request>& batch);
    void enter_each(std::vector<Request>& batch);
    void enter_alone(Request& request);
    void enter(Request& request);
    void forget(Request& request) const;
    void apply(Request& request);
    std::optional<sms::Message> reply(Request& request,
                                      store::Scope& scope,
                                      const providers::InboundMessage& inbound,
                                      updates::Applied& applied);
    void refuse(Request& request, int status, std::string_view reason);
    void answer(Request& request) const;
    void report(std::string_view problem) const;

    ListenerOptions options;
    OnReceived on_received;
    Clock& clock;
    store::Database database;
    Inspector inspector;
    Replier replier;

    std::mutex mutex;
    std::condition_variable_any arrived;
    std::vector<Request> waiting; ///< guarded by `mutex`
    std::jthread writer;          ///< last: ends first
};

Listener::Listener(const std::string& database_location,
                   ListenerOptions options,
                   SecretOf secret_of,
                   OnReceived on_received,
                   Clock& clock)
    : m_impl(std::make_unique<Impl>(database_location,
                                    std::move(options),
                                    std::move(secret_of),
                                    std::move(on_received),
                                    clock))
{
    m_impl->writer =
        std::jthread([impl = m_impl.get()](const std::stop_token& stop) { impl->write(stop); });
}

Listener::~Listener() = default;

void Listener::handle(http::ServerRequest request, http::Responder respond)
{
    const std::string_view target = request.target;
    if (target.substr(0, target.find('?')) != m_impl->options.path)
        return respond(plain_answer(not_found, "nothing here"));
    if (request.method != "POST" && request.method != "GET") {
        http::ServerResponse response = plain_answer(not_allowed, "POST or GET");
        response.headers.emplace_back("Allow", "GET, POST");
        return respond(std::move(response));
    }
    {
        const std::lock_guard lock(m_impl->mutex);
        if (m_impl->waiting.size() < m_impl->options.max_waiting) {
            m_impl->waiting.push_back(
                {std::move(request), std::move(respond), m_impl->clock.now(), {}, {}, {}});
            if (m_impl->waiting.size() == 1) // the writer takes all there is
                m_impl->arrived.notify_one();
            return;
        }
    }
    respond(plain_answer(unavailable, "too many requests are waiting"));
}

/// Takes what came in while the last batch was written: the slower the disk, the larger the batch.
void Listener::Impl::write(const std::stop_token& stop)
{
    while (true) {
        std::vector<Request> batch;
        {
            std::unique_lock lock(mutex);
            arrived.wait(lock, stop, [this] { return !waiting.empty(); });
            if (waiting.empty())
                return;
            batch.swap(waiting);
        }
        settle(batch);
        for (Request& request : batch)
            answer(request);
    }
}

void Listener::Impl::settle(std::vector<Request>& batch)
{
    try {
        inspector.begin_batch();
        for (Request& request : batch)
            inspect(request);
        if (!enter_together(batch))
            enter_each(batch);
    } catch (const std::exception& error) {
        report(error.what());
        for (Request& request : batch) {
            forget(request);
            request.failure = unavailable;
        }
    }
}

void Listener::Impl::inspect(Request& request)
{
    try {
        request.inspected =
            inspector.inspect({.method = request.http.method,
                               .urls = signed_urls(request.http, options.public_url),
                               .headers = request.http.headers,
                               .body = request.http.body});
    } catch (const std::exception& error) {
        report(error.what());
    }
}

/// False when one cannot be entered, and so none was. With a savepoint around each, SQLite would
/// write every page of theirs twice.
bool Listener::Impl::enter_together(std::vector<Request>& batch)
{
    store::Transaction transaction = database.begin();
    try {
        for (Request& request : batch)
            if (request.inspected)
                enter(request);
    } catch (const std::exception&) { // `enter_each` meets it again, and says so
        for (Request& request : batch)
            forget(request);
        return false;
    }
    transaction.commit();
    return true;
}

void Listener::Impl::enter_each(std::vector<Request>& batch)
{
    store::Transaction transaction = database.begin();
    for (Request& request : batch)
        if (request.inspected)
            enter_alone(request);
    transaction.commit();
}

/// One request's part of the transaction; what goes wrong with it stays with it.
void Listener::Impl::enter_alone(Request& request)
{
    try {
        store::Savepoint part(database);
        enter(request);
        part.keep();
    } catch (const std::exception& problem) {
        const auto* const error = dynamic_cast<const Error*>(&problem);
        forget(request);
        request.failure =
            error != nullptr && error->exit() == Exit::storage ? unavailable : internal_error;
        report(problem.what());
    }
}

void Listener::Impl::enter(Request& request)
{
    if (request.inspected->refusal != 0)
        refuse(request, request.inspected->refusal, request.inspected->reason);
    else
        apply(request);
}

/// Its part of the transaction was undone, or will be.
void Listener::Impl::forget(Request& request) const
{
    request.received.reset();
    if (request.entered)
        options.forwarder->drop(*request.entered);
    request.entered.reset();
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
    const bool is_news = applied.event.kind == sms::EventKind::message ||
                         applied.event.kind == sms::EventKind::status ||
                         !store::EventLog(scope).told_before(applied.event);
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
    if (options.forwarder != nullptr)
        return std::nullopt;
    try {
        store::Savepoint part(database);
        auto answer = replier.answer(scope, inbound, applied, request.http, clock.now());
        part.keep();
        if (!answer)
            return std::nullopt;
        request.inspected->acknowledgement = std::move(answer->response);
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
    request.received = Received{.http_status = status,
                                .workspace = request.inspected->workspace,
                                .event = std::move(event),
                                .message = {}};
}

void Listener::Impl::answer(Request& request) const
{
    if (!request.received)
        return request.respond(plain_answer(request.failure, "not stored; try again"));
    const Workspace& workspace = request.inspected->workspace;
    try {
        if (on_received)
            on_received(*std::move(request.received));
    } catch (const std::exception& error) { // what is committed is answered, whoever looks on
        report(error.what());
    }
    http::ServerResponse& acknowledgement = request.inspected->acknowledgement;
    if (request.entered)
        return options.forwarder->take({workspace,
                                        *std::move(request.entered),
                                        std::move(request.respond),
                                        std::move(acknowledgement)});
    const int refused = request.inspected->refusal;
    request.respond(refused == 0 ? std::move(acknowledgement) : refusal(refused));
}

void Listener::Impl::report(std::string_view problem) const
{
    if (options.on_problem)
        options.on_problem(problem);
}

} // namespace smsctl::webhook
