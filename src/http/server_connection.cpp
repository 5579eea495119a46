// One coroutine a connection: read a request under limits, hand it to the handler, wait for its
// Responder, write the answer, again.

#include "http/server_impl.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace smsctl::http {

namespace {

using net::redirect_error;
using net::use_awaitable;

/// How long and how much a client that we refused may go on sending before we hang up.
constexpr Millis linger_at_most{2000};
constexpr std::size_t linger_bytes = std::size_t{8} << 20U;
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

/// Where a connection's coroutine waits for its answer.
struct Pending {
    explicit Pending(net::io_context& io) : arrived(io, never) {}

    net::steady_timer arrived;
    std::optional<ServerResponse> response;
};

} // namespace

net::awaitable<void> Server::Impl::serve_until_closed(std::shared_ptr<Connection> connection)
{
    try {
        const bool is_ready = co_await shake_hands(*connection);
        if (is_ready) {
            co_await serve(*connection);
        }
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch)
        // Out of memory, say: this connection ends here, the others must not.
    }
    connection->close();
    connections.erase(connection->self);
    slot_freed.cancel();
    end_if_drained();
}

/// Begins TLS where it is spoken; false when the client does not manage to in time.
net::awaitable<bool> Server::Impl::shake_hands(Connection& connection) const
{
    if (connection.stream.tls() == nullptr) {
        co_return true;
    }
    connection.stream.expires_after(limits.complete_within);
    ErrorCode ec;
    co_await connection.stream.tls()->async_handshake(net::ssl::stream_base::server,
                                                      redirect_error(use_awaitable, ec));
    co_return !ec;
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
        connections.splice(connections.end(), connections, connection.self);
        keep = parser.get().keep_alive();
        const unsigned version = parser.get().version();
        const bool header_only = parser.get().method() == beast::http::verb::head;
        ServerRequest request = from_wire(parser.release(), connection.peer_address);
        request.on_kept_connection = !fresh;
        request.over_tls = tls != nullptr;
        ServerResponse response = co_await ask_handler(std::move(request));
        if (response.hang_up == HangUp::reset) {
            connection.reset();
        }
        if (response.hang_up != HangUp::no) {
            co_return; // which closes it
        }
        keep = keep && !stopping && !newcomer_waits;
        WireResponse wire = to_wire(std::move(response), version, keep);
        connection.stage = Connection::Stage::writing;
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
    ErrorCode ec;
    connection.stream.expires_after(limits.idle);
    const std::size_t count = co_await connection.stream.async_read_some(
        connection.buffer.prepare(read_ahead_bytes), redirect_error(use_awaitable, ec));
    connection.buffer.commit(count);
    co_return !ec;
}

net::awaitable<ErrorCode> Server::Impl::read_request(Connection& connection,
                                                     RequestParser& parser) const
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
Server::Impl::write_response(Connection& connection, WireResponse response, bool header_only) const
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
net::awaitable<void> Server::Impl::refuse(Connection& connection, int status) const
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

} // namespace smsctl::http
