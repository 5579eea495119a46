#include "webhook/forwarder.hpp"

#include "core/error.hpp"
#include "store/scope.hpp"

#include <utility>

namespace smsctl::webhook {

namespace {

/// Fewer than the server has connections: a slow application must not keep the provider out.
constexpr std::size_t most_held = 128;
constexpr Millis secret_age = std::chrono::minutes(1);

} // namespace

Forwarder::Forwarder(const std::string& location,
                     ForwarderOptions options,
                     SecretOf secret_of,
                     OnAttempt on_attempt,
                     OnProblem on_problem,
                     Clock& clock,
                     std::stop_token stop)
    : m_options(std::move(options)),
      m_secret_of(std::move(secret_of)),
      m_on_attempt(std::move(on_attempt)),
      m_on_problem(std::move(on_problem)),
      m_clock(clock),
      m_database({.location = location}),
      m_held(m_options.answer_within, most_held),
      m_stop(std::move(stop)),
      m_on_stop(m_stop, [this] { m_pool.wake(); }),
      m_thread([this] { run(); })
{
}

Forwarder::~Forwarder()
{
    {
        const std::lock_guard lock(m_mutex);
        m_closing = true;
    }
    m_pool.wake();
    m_thread.join();
}

Entered Forwarder::enter(store::Scope& scope, sms::Event& event, const http::ServerRequest& request)
{
    const Instant now = m_clock.now();
    sms::Forward forward;
    forward.url = m_options.url;
    forward.next_try_at = now;
    event.forward = forward;
    Entered entered{event.seq, event.id, std::move(forward), copy_of(request)};
    store::PendingForward pending;
    pending.event_seq = entered.event_seq;
    pending.forward = entered.forward;
    pending.idempotency_token = entered.request.idempotency_token;
    {
        const std::lock_guard lock(m_mutex); // first, so that it is never due and unheard of
        ++m_coming[entered.event_seq];
    }
    try {
        store::Forwards(scope).add(pending, m_owner, now + lease_length);
    } catch (...) {
        drop(entered);
        throw;
    }
    return entered;
}

void Forwarder::drop(const Entered& entered)
{
    const std::lock_guard lock(m_mutex);
    has_come(entered.event_seq);
}

void Forwarder::take(ToForward item)
{
    {
        const std::lock_guard lock(m_mutex);
        m_inbox.push_back(std::move(item));
    }
    m_pool.wake();
}

const Secret& Forwarder::secret(const Workspace& workspace)
{
    const auto now = Monotonic::now();
    const auto known = m_secrets.find(workspace.row);
    if (known != m_secrets.end() && now - known->second.read_at < secret_age)
        return known->second.secret;
    KnownSecret fresh{Secret(), now};
    try {
        fresh.secret = m_secret_of(workspace);
    } catch (const Error& error) {
        if (error.exit() != Exit::auth || !m_options.allow_unsigned)
            throw;
    }
    return m_secrets.insert_or_assign(workspace.row, std::move(fresh)).first->second.secret;
}

} // namespace smsctl::webhook
