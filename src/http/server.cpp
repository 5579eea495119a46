#include "http/server.hpp"

#include "http/server_impl.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

namespace smsctl::http {

namespace {

constexpr Millis pause_after_failed_accept{50};

} // namespace

thread_local AnswersTogether* AnswersTogether::s_here = nullptr;

AnswersTogether::AnswersTogether()
{
    s_here = this;
}

AnswersTogether::~AnswersTogether()
{
    s_here = nullptr;
    for (const std::shared_ptr<Gate>& gate : m_gates) {
        gate->wake();
    }
}

void Gate::post(std::function<void()> work)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_io == nullptr) {
            return;
        }
        m_waiting.push_back(std::move(work));
        if (m_waiting.size() > 1) {
            return;
        }
    }
    if (AnswersTogether::s_here != nullptr) {
        AnswersTogether::s_here->m_gates.push_back(shared_from_this());
    } else {
        wake();
    }
}

void Gate::wake()
{
    const std::lock_guard lock(m_mutex);
    if (m_io != nullptr) {
        net::post(*m_io, [gate = shared_from_this()] { gate->run_all(); });
    }
}

void Gate::run_all()
{
    std::vector<std::function<void()>> works;
    {
        const std::lock_guard lock(m_mutex);
        works.swap(m_waiting);
    }
    for (const auto& work : works) {
        work();
    }
}

void Gate::close()
{
    std::vector<std::function<void()>>
        dropped; // what it holds may post again, so not under the lock
    const std::lock_guard lock(m_mutex);
    m_io = nullptr;
    dropped.swap(m_waiting);
}

net::awaitable<void> Server::Impl::accept_connections()
{
    while (!stopping) {
        ErrorCode ec;
        StreamSocket socket =
            co_await acceptor.async_accept(net::redirect_error(net::use_awaitable, ec));
        if (ec) {
            // Out of descriptors, most likely: let some go before the next try.
            slot_freed.expires_after(pause_after_failed_accept);
            co_await slot_freed.async_wait(net::redirect_error(net::use_awaitable, ec));
            continue;
        }
        auto connection = std::make_shared<Connection>(
            std::move(socket), tls.get(), limits.header_bytes + read_ahead_bytes);
        while (!stopping && connections.size() >= limits.connections) {
            newcomer_waits = !make_room(connection->share);
            slot_freed.expires_at(never);
            co_await slot_freed.async_wait(net::redirect_error(net::use_awaitable, ec));
        }
        newcomer_waits = false;
        if (stopping) {
            co_return;
        }
        connection->self = connections.insert(connections.end(), connection);
        net::co_spawn(io, serve_until_closed(std::move(connection)), net::detached);
    }
}

/// Whoever holds the most connections, the newcomer among them, gives up the one that has sent no
/// whole request for the longest time. So slow clients never keep a good one out: one address may
/// have all connections (behind a tunnel all clients have the same), until another one asks. False
/// when all are being answered.
bool Server::Impl::make_room(const std::string& newcomers_share)
{
    std::unordered_map<std::string_view, std::size_t> held{{newcomers_share, 1}};
    for (const auto& one : connections) {
        if (one->must_go) {
            return true; // its place will be free as soon as it is awake
        }
        ++held[one->share];
    }
    Connection* last = nullptr;
    for (const auto& one : connections) {
        const bool may_go = one->stage != Connection::Stage::answering;
        if (may_go && (last == nullptr || held[one->share] > held[last->share])) {
            last = one.get();
        }
    }
    if (last == nullptr) {
        return false;
    }
    last->must_go = true;
    last->close();
    return true;
}

void Server::Impl::begin_stop(Millis drain)
{
    stopping = true;
    ErrorCode ec;
    acceptor.close(ec);
    slot_freed.cancel();
    for (const auto& connection : connections) {
        if (connection->stage == Connection::Stage::idle ||
            connection->stage == Connection::Stage::reading) {
            connection->close();
        }
    }
    drain_end.expires_after(drain);
    drain_end.async_wait([this](ErrorCode) { io.stop(); });
    end_if_drained();
}

void Server::Impl::end_if_drained()
{
    if (stopping && connections.empty()) {
        io.stop();
    }
}

Server::Server(std::string_view address, Handler handler, ServerLimits limits, const TlsFiles& tls)
    : m_impl(std::make_unique<Impl>(address, std::move(handler), limits, tls))
{
}

Server::~Server() = default;

std::uint16_t Server::port() const
{
    return m_impl->local.port();
}

std::string Server::address() const
{
    return m_impl->local.address();
}

std::string Server::url() const
{
    return fmt::format("http{}{}://{}",
                       m_impl->tls ? "s" : "",
                       m_impl->local.family() == AF_UNIX ? "+unix" : "",
                       m_impl->local.authority());
}

bool Server::is_loopback() const
{
    return m_impl->local.is_loopback();
}

void Server::run(const std::stop_token& stop, Millis drain)
{
    Impl& impl = *m_impl;
    net::co_spawn(impl.io, impl.accept_connections(), net::detached);
    const std::stop_callback wake(
        stop, [&impl, drain] { impl.gate->post([&impl, drain] { impl.begin_stop(drain); }); });
    impl.io.run();
    impl.over = true;
    for (const auto& connection : impl.connections) {
        connection->close();
    }
    impl.io.restart();
    impl.io.poll(); // lets the coroutines see it, and close a socket that was just accepted
}

void Server::after(Millis delay, std::function<void()> task)
{
    const auto due = std::chrono::steady_clock::now() + delay;
    m_impl->gate->post([impl = m_impl.get(), due, task = std::move(task)]() mutable {
        const auto timer = std::make_shared<net::steady_timer>(impl->io, due);
        timer->async_wait([impl, timer, task = std::move(task)](ErrorCode ec) {
            if (!ec && !impl->over) {
                task();
            }
        });
    });
}

} // namespace smsctl::http
