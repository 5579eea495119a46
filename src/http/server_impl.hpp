#pragma once

// Private to the server: its state, and what its two halves share. All of it lives on the thread of
// `run`; only `Gate` is touched by others.

#include "http/server_socket.hpp"
#include "http/server_stream.hpp"
#include "http/server_tls.hpp"
#include "http/server_wire.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

namespace smsctl::http {

namespace net = boost::asio;
namespace beast = boost::beast;
using net::ip::tcp;
using StreamProtocol = net::generic::stream_protocol;
using StreamSocket = StreamProtocol::socket;
using ErrorCode = boost::system::error_code;

inline constexpr auto never = net::steady_timer::time_point::max();
/// What one read may bring beyond a header.
inline constexpr std::size_t read_ahead_bytes = std::size_t{8} << 10U;

/// Lets any thread hand work to the server's thread, and drops it once the server is gone.
class Gate : public std::enable_shared_from_this<Gate> {
public:
    explicit Gate(net::io_context& io) : m_io(&io) {}

    void post(std::function<void()> work);
    /// Has the server's thread do what was posted.
    void wake();
    void close();

private:
    void run_all();

    std::mutex m_mutex;
    net::io_context* m_io;
    std::vector<std::function<void()>> m_waiting; ///< all of it woken for once
};

/// A client, from accept to close.
struct Connection {
    Connection(StreamSocket socket, net::ssl::context* tls, std::size_t buffer_bytes)
        : stream(std::move(socket), tls), buffer(buffer_bytes)
    {
        ErrorCode ec;
        if (const auto peer = ip_address(stream.socket().remote_endpoint(ec))) {
            peer_address = plain_address(*peer);
            share = share_of(*peer);
            stream.socket().set_option(tcp::no_delay(true), ec);
        }
    }

    void close() { stream.close(); }
    /// Unsent bytes are thrown away and the client sees a reset.
    void reset()
    {
        ErrorCode ec;
        stream.socket().set_option(net::socket_base::linger(true, 0), ec);
        close();
    }

    enum class Stage { idle, reading, answering, writing };

    std::list<std::shared_ptr<Connection>>::iterator self;
    ServerStream stream;
    beast::flat_buffer buffer;
    std::string peer_address;
    std::string share; ///< whose part of all connections this one is
    Stage stage = Stage::reading;
    bool must_go = false; ///< closed for another's sake
};

struct Server::Impl {
    Impl(std::string_view address, Handler answer, ServerLimits bounds, const TlsFiles& files)
        : limits(bounds),
          handler(std::move(answer)),
          gate(std::make_shared<Gate>(io)),
          tls(tls_context(files)),
          local(address),
          acceptor(io, StreamProtocol(local.family(), 0), local.release()),
          slot_freed(io, never),
          drain_end(io)
    {
    }
    ~Impl()
    {
        gate->close();
        connections.clear(); // their sockets must not outlive `io`
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    // server.cpp: the life of the server
    net::awaitable<void> accept_connections();
    bool make_room(const std::string& newcomers_share);
    void begin_stop(Millis drain);
    void end_if_drained();
    // server_connection.cpp: the life of one connection
    net::awaitable<void> serve(Connection& connection);
    net::awaitable<void> serve_until_closed(std::shared_ptr<Connection> connection);
    net::awaitable<bool> shake_hands(Connection& connection) const;
    net::awaitable<bool> wait_for_request(Connection& connection);
    net::awaitable<ErrorCode> read_request(Connection& connection, RequestParser& parser) const;
    net::awaitable<ServerResponse> ask_handler(ServerRequest request);
    net::awaitable<bool>
    write_response(Connection& connection, WireResponse response, bool header_only) const;
    net::awaitable<void> refuse(Connection& connection, int status) const;

    ServerLimits limits;
    Handler handler;
    /// The one that sent no whole request for the longest time stands first.
    std::list<std::shared_ptr<Connection>> connections;
    bool stopping = false;
    bool over = false;
    bool newcomer_waits = false; ///< for an answer: none is kept for a next request
    // The coroutines die with `io`; what they name on the way out stands before it.
    net::io_context io{1};
    std::shared_ptr<Gate> gate;
    std::unique_ptr<net::ssl::context> tls; ///< none: plain HTTP
    ListeningSocket local;
    net::basic_socket_acceptor<StreamProtocol> acceptor;
    net::steady_timer slot_freed;
    net::steady_timer drain_end;
};

} // namespace smsctl::http
