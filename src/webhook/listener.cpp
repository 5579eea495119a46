#include "webhook/listener.hpp"

#include "store/savepoint.hpp"
#include "webhook/listener_impl.hpp"
#include "webhook/plain_answers.hpp"
#include "webhook/signed_urls.hpp"

#include <exception>

namespace smsctl::webhook {

namespace {

constexpr int not_found = 404;
constexpr int not_allowed = 405;
constexpr int internal_error = 500;
constexpr int unavailable = 503;

} // namespace

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
        const http::AnswersTogether together;
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
        if (enter_together(batch))
            return;
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
    request.inspected.reset();
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

/// Its part of the transaction was undone, or will be.
void Listener::Impl::forget(Request& request) const
{
    request.received.reset();
    request.reply.reset();
    if (request.entered)
        options.forwarder->drop(*request.entered);
    request.entered.reset();
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
    if (request.reply)
        return request.respond(*std::move(request.reply));
    const int refused = request.inspected->refusal;
    request.respond(refused == 0 ? std::move(acknowledgement) : refusal(refused));
}

void Listener::Impl::report(std::string_view problem) const
{
    if (options.on_problem)
        options.on_problem(problem);
}

} // namespace smsctl::webhook
