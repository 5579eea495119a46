#pragma once

#include "http/server.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace smsctl::test {

/// How long a test waits for what must come; only a failing test waits that long.
inline constexpr Millis patience = std::chrono::seconds(20);

/// What came in, from the server's thread to the test's.
template <typename Item>
class Arrivals {
public:
    void add(Item item)
    {
        const std::lock_guard lock(m_mutex);
        m_items.push_back(std::move(item));
        m_grown.notify_all();
    }
    std::vector<Item> all() const
    {
        const std::lock_guard lock(m_mutex);
        return m_items;
    }
    /// False when there are fewer than `count` after all our patience.
    bool wait_for(std::size_t count, Millis limit = patience) const
    {
        std::unique_lock lock(m_mutex);
        return m_grown.wait_for(lock, limit, [&] { return m_items.size() >= count; });
    }

private:
    mutable std::mutex m_mutex;
    mutable std::condition_variable m_grown;
    std::vector<Item> m_items;
};

/// A real HTTP server on 127.0.0.1 and a port the system picked, for the length of a test. Records
/// each request, answers what the lambda returns.
class LoopbackServer {
public:
    using Answer = std::function<http::ServerResponse(const http::ServerRequest&)>;

    explicit LoopbackServer(Answer answer, http::ServerLimits limits = {});
    /// For answers that come later or from elsewhere.
    explicit LoopbackServer(http::Server::Handler handler, http::ServerLimits limits = {});
    ~LoopbackServer();
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;

    /// "http://127.0.0.1:PORT" and `target`.
    std::string url(std::string_view target = "/") const;
    std::uint16_t port() const { return m_server.port(); }
    http::Server& server() { return m_server; }
    std::vector<http::ServerRequest> requests() const { return m_requests.all(); }
    bool wait_for_requests(std::size_t count) const { return m_requests.wait_for(count); }
    /// Ends it as `Server::run` does, before the destructor would.
    void stop();

private:
    Arrivals<http::ServerRequest> m_requests;
    http::Server m_server;
    std::jthread m_thread; ///< last: ends first
};

/// What a raw server does with one request.
struct RawAnswer {
    enum class Then {
        keep,  ///< read the next request
        close, ///< hang up in an orderly way
        reset, ///< hang up with a reset
        hang   ///< read no more, keep the connection open until the end
    };
    std::string bytes; ///< written as they are, may be empty
    Then then = Then::keep;
};

/// A server below HTTP: reads whole requests off a socket and writes whatever the script says, so
/// that connections can break wherever a test wants them to.
class RawServer {
public:
    /// `index` counts the requests of all connections from 0.
    using Script = std::function<RawAnswer(std::size_t index, const std::string& request)>;
    enum class Accept { serve, close_at_once };

    explicit RawServer(Script script, Accept accept = Accept::serve);
    ~RawServer();
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    std::string url(std::string_view target = "/") const;
    std::uint16_t port() const { return m_port; }
    /// Head and body of each, as they came.
    std::vector<std::string> requests() const { return m_requests.all(); }
    bool wait_for_requests(std::size_t count) const { return m_requests.wait_for(count); }
    std::size_t connections() const { return m_connections.all().size(); }

private:
    void serve(const std::stop_token& stop);

    Script m_script;
    Accept m_accept;
    int m_listener = -1;
    std::uint16_t m_port = 0;
    Arrivals<std::string> m_requests;
    Arrivals<int> m_connections;
    std::jthread m_thread;
};

/// A client below HTTP: one connection to 127.0.0.1, bytes out, bytes in, each bounded by our
/// patience.
class RawClient {
public:
    /// `own_address`: one of this machine's, as in "127.0.0.2"; empty for the usual one.
    explicit RawClient(std::uint16_t port, const std::string& own_address = {});
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    /// False once the far end is gone.
    bool send(std::string_view bytes);
    /// What came until `end` was among it or the far end hung up.
    std::string read_until(std::string_view end);
    std::string read_to_end();
    /// Whether anything, an end included, comes to be read before `limit`.
    bool stirs_within(Millis limit) const;
    /// Whether the last read met a reset instead of an orderly end.
    bool was_reset() const { return m_reset; }

private:
    int m_socket = -1;
    bool m_reset = false;
};

/// A port of 127.0.0.1 that nobody listens on.
std::uint16_t closed_port();

} // namespace smsctl::test
