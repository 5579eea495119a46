// One coroutine a connection, all on the thread of `run`: read a request under limits, hand it to
// the handler, wait for its Responder, write the answer, again. Only `Gate` is touched by other
// threads.

#include "http/server.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "http/server_wire.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <list>
#include <mutex>
#include <optional>

namespace smsctl::http {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
using net::ip::tcp;
using ErrorCode = boost::system::error_code;
using net::redirect_error;
using net::use_awaitable;

constexpr auto never = net::steady_timer::time_point::max();
constexpr Millis pause_after_failed_accept{50};
/// How long and how much a client that we refused may go on sending before we hang up.
constexpr Millis linger_at_most{2000};
/// What one read may bring beyond a header.
constexpr std::size_t read_ahead_bytes = std::size_t{8} << 10U;
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t linger_bytes = std::size_t{8} << 20U;

/// Lets any thread hand work to the server's thread, and drops it once the server is gone.
class Gate {
public:
    explicit Gate(net::io_context& io) : m_io(&io) {}

    template <typename Work>
    void post(Work work)
    {
        const std::lock_guard lock(m_mutex);
        if (m_io != nullptr) {
            net::post(*m_io, std::move(work));
        }
    }
    void close()
    {
        const std::lock_guard lock(m_mutex);
        m_io = nullptr;
    }

private:
    std::mutex m_mutex;
    net::io_context* m_io;
};

/// Where a connection's coroutine waits for its answer.
struct Pending {
    explicit Pending(net::io_context& io) : arrived(io, never) {}

    net::steady_timer arrived;
    std::optional<ServerResponse> response;
};

struct Connection {
    Connection(tcp::socket socket, std::size_t buffer_bytes)
        : stream(std::move(socket)), buffer(buffer_bytes)
    {
        ErrorCode ec;
        const auto peer = stream.socket().remote_endpoint(ec).address();
        peer_address = plain_address(peer);
        stream.socket().set_option(tcp::no_delay(true), ec);
    }

    void close() { stream.close(); }
    /// Unsent bytes are thrown away and the client sees a reset.
    void reset()
    {
        ErrorCode ec;
        stream.socket().set_option(net::socket_base::linger(true, 0), ec);
        close();
    }

    enum class Stage { idle, reading, answering };

    std::list<std::shared_ptr<Connection>>::iterator self;
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    std::string peer_address;
    Stage stage = Stage::reading;
};

} // namespace

struct Server::Impl {
    Impl(const tcp::endpoint& endpoint, Handler answer, ServerLimits bounds)
        : limits(bounds),
          handler(std::move(answer)),
          gate(std::make_shared<Gate>(io)),
          acceptor(io, endpoint),
          local(acceptor.local_endpoint()),
          slot_freed(io, never),
          drain_end(io)
    {
    }
    ~Impl() { gate->close(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    net::awaitable<void> accept_connections();
    net::awaitable<void> serve(Connection& connection);
    net::awaitable<void> serve_until_closed(std::shared_ptr<Connection> connection);
    net::awaitable<bool> wait_for_request(Connection& connection);
    net::awaitable<ErrorCode> read_request(Connection& connection, RequestParser& parser);
    net::awaitable<ServerResponse> ask_handler(ServerRequest request);
    net::awaitable<bool>
    write_response(Connection& connection, WireResponse response, bool header_only);
    net::awaitable<void> refuse(Connection& connection, int status);
    void make_room();
    void begin_stop(Millis drain);
    void end_if_drained();

    ServerLimits limits;
    Handler handler;
    std::list<std::shared_ptr<Connection>> connections;
    bool stopping = false;
    bool newcomer_waits = false;
    // The coroutines die with `io`; what they name on the way out stands before it.
    net::io_context io{1};
    std::shared_ptr<Gate> gate;
    tcp::acceptor acceptor;
    tcp::endpoint local;
    net::steady_timer slot_freed;
    net::steady_timer drain_end;
};

net::awaitable<void> Server::Impl::accept_connections()
{
    while (!stopping) {
        ErrorCode ec;
        tcp::socket socket = co_await acceptor.async_accept(redirect_error(use_awaitable, ec));
        if (ec) {
            // Out of descriptors, most likely: let some go before the next try.
            slot_freed.expires_after(pause_after_failed_accept);
            co_await slot_freed.async_wait(redirect_error(use_awaitable, ec));
            continue;
        }
        newcomer_waits = true;
        while (!stopping && connections.size() >= limits.connections) {
            make_room();
            slot_freed.expires_at(never);
            co_await slot_freed.async_wait(redirect_error(use_awaitable, ec));
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

net::awaitable<void> Server::Impl::serve_until_closed(std::shared_ptr<Connection> connection)
{
    try {
        co_await serve(*connection);
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch)
        // Out of memory, say: this connection ends here, the others must not.
    }
    connection->close();
    connections.erase(connection->self);
    slot_freed.cancel();
    end_if_drained();
}

net::awaitable<void> Server::Impl::serve(Connection& connection)
{
    for (bool keep = true, fresh = true; keep; fresh = false) {
        if (!fresh && connection.buffer.size() == 0) {
            const bool arrived = co_await wait_for_request(connection);
            if (!arrived) {
                co_return;
            }
        }
        connection.stage = Connection::Stage::reading;
        RequestParser parser;
        const ErrorCode failure = co_await read_request(connection, parser);
        if (failure) {
            const std::optional<int> status = refusal_status(failure);
            if (status) {
                co_await refuse(connection, *status);
            }
            co_return;
        }
        if (stopping) {
            co_return;
        }
        connection.stage = Connection::Stage::answering;
        keep = parser.get().keep_alive();
        const unsigned version = parser.get().version();
        const bool header_only = parser.get().method() == beast::http::verb::head;
        ServerRequest request = from_wire(parser.release(), connection.peer_address);
        ServerResponse response = co_await ask_handler(std::move(request));
        if (response.drop_connection) {
            connection.reset();
            co_return;
        }
        keep = keep && !stopping && !newcomer_waits;
        WireResponse wire = to_wire(std::move(response), version, keep);
        keep = wire.keep_alive();
        const bool written = co_await write_response(connection, std::move(wire), header_only);
        keep = keep && written && !stopping;
    }
    ErrorCode ec;
    connection.stream.socket().shutdown(tcp::socket::shutdown_send, ec);
}

/// False when the connection ended, was idle for too long or had to make room.
net::awaitable<bool> Server::Impl::wait_for_request(Connection& connection)
{
    connection.stage = Connection::Stage::idle;
    // The longest idle stands first.
    connections.splice(connections.end(), connections, connection.self);
    ErrorCode ec;
    connection.stream.expires_after(limits.idle);
    const std::size_t count = co_await connection.stream.async_read_some(
        connection.buffer.prepare(read_ahead_bytes), redirect_error(use_awaitable, ec));
    connection.buffer.commit(count);
    co_return !ec;
}

net::awaitable<ErrorCode> Server::Impl::read_request(Connection& connection, RequestParser& parser)
{
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser.body_limit(limits.body_bytes);
    connection.stream.expires_after(limits.complete_within); // for all of the reads below
    ErrorCode ec;
    co_await beast::http::async_read_header(
        connection.stream, connection.buffer, parser, redirect_error(use_awaitable, ec));
    if (ec) {
        co_return ec;
    }
    if (awaits_continue(parser.get())) {
        co_await net::async_write(connection.stream,
                                  net::buffer(continue_line.data(), continue_line.size()),
                                  redirect_error(use_awaitable, ec));
        if (ec) {
            co_return ec;
        }
    }
    co_await beast::http::async_read(
        connection.stream, connection.buffer, parser, redirect_error(use_awaitable, ec));
    co_return ec;
}

net::awaitable<ServerResponse> Server::Impl::ask_handler(ServerRequest request)
{
    const auto pending = std::make_shared<Pending>(io);
    Responder responder([door = gate, weak = std::weak_ptr(pending)](ServerResponse response) {
        door->post([weak, response = std::move(response)]() mutable {
            if (const auto waiting = weak.lock()) {
                waiting->response = std::move(response);
                waiting->arrived.cancel();
            }
        });
    });
    try {
        handler(std::move(request), std::move(responder));
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch)
        // Its responder went unanswered, which is a 500.
    }
    while (!pending->response) {
        ErrorCode ec;
        co_await pending->arrived.async_wait(redirect_error(use_awaitable, ec));
    }
    co_return std::move(*pending->response);
}

net::awaitable<bool>
Server::Impl::write_response(Connection& connection, WireResponse response, bool header_only)
{
    ErrorCode ec;
    connection.stream.expires_after(limits.complete_within);
    WireSerializer serializer(response);
    if (header_only) {
        co_await beast::http::async_write_header(
            connection.stream, serializer, redirect_error(use_awaitable, ec));
    } else {
        co_await beast::http::async_write(
            connection.stream, serializer, redirect_error(use_awaitable, ec));
    }
    co_return !ec;
}

/// Answers a request that could not be read, then reads on for a while: closing over unread bytes
/// resets the connection, and the client would never see the answer.
net::awaitable<void> Server::Impl::refuse(Connection& connection, int status)
{
    ServerResponse response;
    response.status = status;
    WireResponse wire = to_wire(std::move(response), 11, false);
    const bool written = co_await write_response(connection, std::move(wire), false);
    if (!written) {
        co_return;
    }
    ErrorCode ec;
    connection.stream.socket().shutdown(tcp::socket::shutdown_send, ec);
    connection.stream.expires_after(std::min(limits.complete_within, linger_at_most));
    std::array<char, 4096> ignored{};
    for (std::size_t total = 0; !ec && total < linger_bytes;) {
        total += co_await connection.stream.async_read_some(net::buffer(ignored),
                                                            redirect_error(use_awaitable, ec));
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
    for (const auto& connection : impl.connections) {
        connection->close();
    }
}

void Server::after(Millis delay, std::function<void()> task)
{
    const auto due = std::chrono::steady_clock::now() + delay;
    m_impl->gate->post([impl = m_impl.get(), due, task = std::move(task)]() mutable {
        const auto timer = std::make_shared<net::steady_timer>(impl->io, due);
        timer->async_wait([timer, task = std::move(task)](ErrorCode ec) {
            if (!ec) {
                task();
            }
        });
    });
}

} // namespace smsctl::http
