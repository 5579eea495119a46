#pragma once

#include "http/client.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::http {

struct ServerRequest {
    std::string method;
    std::string target; ///< path and query, byte for byte as sent
    Headers headers;
    std::string body;
    std::string peer_address;        ///< "127.0.0.1"; empty for a Unix socket
    bool on_kept_connection = false; ///< not the first of its connection
    bool over_tls = false;           ///< our own, not a proxy's
};

/// How a connection ends when its request is not answered.
enum class HangUp {
    no,
    close, ///< in good order: the client reads an end of stream
    reset, ///< as after a crash: what was not yet sent is thrown away
};

struct ServerResponse {
    int status = 200;
    Headers headers;
    std::string body;
    HangUp hang_up = HangUp::no; ///< else nothing is answered
};

/// Answers one request; may be kept and called from any thread, once. When it is destroyed
/// without a call the client gets 500.
class Responder {
public:
    using Deliver = std::function<void(ServerResponse)>;
    explicit Responder(Deliver deliver);
    Responder(Responder&& other) noexcept;
    Responder& operator=(Responder&& other) noexcept;
    ~Responder();

    void operator()(ServerResponse response);

private:
    Deliver m_deliver;
};

class Gate;

/// While it lives, answers that its thread gives wait; at its end they leave together, for one wake
/// of the server's thread instead of one each. One a thread.
class AnswersTogether {
public:
    AnswersTogether();
    ~AnswersTogether();
    AnswersTogether(const AnswersTogether&) = delete;
    AnswersTogether& operator=(const AnswersTogether&) = delete;

private:
    friend class Gate;
    static thread_local AnswersTogether* s_here;
    std::vector<std::shared_ptr<Gate>> m_gates; ///< to be woken
};

/// What a client may cost before anybody knows who it is.
struct ServerLimits {
    std::size_t body_bytes = std::size_t{1} << 20U;
    std::size_t header_bytes = std::size_t{16} << 10U;
    Millis complete_within = std::chrono::seconds(10); ///< to read one request, or write one answer
    Millis idle = std::chrono::seconds(60);            ///< between two requests of one connection
    /// For one more, whoever has the most gives up the one that has sent no whole request for the
    /// longest time.
    std::size_t connections = 256;
};

/// PEM files that make a server speak TLS; empty: it does not.
struct TlsFiles {
    std::string certificate; ///< the chain, our own first
    std::string key;
};

/// HTTP/1.1 on one thread (the one in `run`), keep-alive, with or without TLS. Oversized bodies get
/// 413, oversized headers 431, malformed requests 400, slow ones are dropped.
class Server {
public:
    /// Called on the server's thread; must not block. What it throws is answered with 500.
    using Handler = std::function<void(ServerRequest, Responder)>;

    /// Binds and listens at once. `address` is HOST:PORT (port 0: the system picks; IPv6 in
    /// brackets), unix:PATH (mode 0600; removed at the end; that of a dead process is replaced), or
    /// fd:N for a socket that was inherited. Throws `usage.addr` when it makes no sense or is
    /// taken, `auth.tls_certificate` and `auth.tls_key` for files that are no use.
    Server(std::string_view address,
           Handler handler,
           ServerLimits limits = {},
           const TlsFiles& tls = {});
    ~Server();

    std::uint16_t port() const; ///< 0 for a Unix socket
    /// "127.0.0.1:8787", "unix:/run/sms.sock".
    std::string address() const;
    /// Without a path: "http://127.0.0.1:8787", "https://…", "http+unix://%2Frun%2Fsms.sock".
    std::string url() const;
    bool is_loopback() const; ///< a Unix socket is
    /// Serves, once, until `stop`; then takes no new request and lets those in hand be answered,
    /// for at most `drain`.
    void run(const std::stop_token& stop, Millis drain = std::chrono::seconds(5));
    /// Runs `task` on the server's thread after `delay`; callable from any thread. What it throws
    /// comes out of `run`; it is not run any more once `run` has ended.
    void after(Millis delay, std::function<void()> task);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace smsctl::http
