#include "http/server.hpp"

#include "core/error.hpp"
#include "http/server_impl.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace smsctl::http {

namespace {

constexpr Millis pause_after_failed_accept{50};

} // namespace

void Gate::post(std::function<void()> work)
{
    const std::lock_guard lock(m_mutex);
    if (m_io == nullptr) {
        return;
    }
    m_waiting.push_back(std::move(work));
    if (m_waiting.size() == 1) {
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
        tcp::socket socket =
            co_await acceptor.async_accept(net::redirect_error(net::use_awaitable, ec));
        if (ec) {
            // Out of descriptors, most likely: let some go before the next try.
            slot_freed.expires_after(pause_after_failed_accept);
            co_await slot_freed.async_wait(net::redirect_error(net::use_awaitable, ec));
            continue;
        }
        newcomer_waits = true;
        while (!stopping && connections.size() >= limits.connections) {
            make_room();
            slot_freed.expires_at(never);
            co_await slot_freed.async_wait(net::redirect_error(net::use_awaitable, ec));
        }
        newcomer_waits = false;
        if (stopping) {
            co_return;
        }
        auto connection =
            std::make_shared<Connection>(std::move(socket), limits.header_bytes + read_ahead_bytes);
        connection->self = connections.insert(connections.end(), connection);
        net::co_spawn(io, serve_until_closed(std::move(connection)), net::detached);
    }
}

/// Closes the connection that has been kept for a next request the longest.
void Server::Impl::make_room()
{
    const auto idle = std::find_if(connections.begin(), connections.end(), [](const auto& one) {
        return one->stage == Connection::Stage::idle;
    });
    if (idle != connections.end()) {
        (*idle)->close();
    }
}

void Server::Impl::begin_stop(Millis drain)
{
    stopping = true;
    ErrorCode ec;
    acceptor.close(ec);
    slot_freed.cancel();
    for (const auto& connection : connections) {
        if (connection->stage != Connection::Stage::answering) {
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

Server::Server(std::string_view address, Handler handler, ServerLimits limits)
try : m_impl(std::make_unique<Impl>(listen_endpoint(address), std::move(handler), limits)) {
} catch (const boost::system::system_error& error) {
    throw usage_error("usage.addr",
                      fmt::format("cannot listen on {}: {}", address, error.code().message()),
                      "choose another port, or port 0 for any free one");
}

Server::~Server() = default;

std::uint16_t Server::port() const
{
    return m_impl->local.port();
}

std::string Server::address() const
{
    const std::string host = m_impl->local.address().to_string();
    return m_impl->local.address().is_v6() ? fmt::format("[{}]:{}", host, port())
                                           : fmt::format("{}:{}", host, port());
}

bool Server::is_loopback() const
{
    return m_impl->local.address().is_loopback();
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
