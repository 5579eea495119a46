#pragma once

#include "core/clock.hpp"
#include "core/secret.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace smsctl::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// First value of a header, compared without case; empty when it is not there.
std::string_view header(const Headers& headers, std::string_view name);

struct BasicAuth {
    std::string user;
    Secret password;
};

/// Where a request may go, judged by the address it would connect to and not by the name.
enum class Reachable {
    anywhere,
    /// Over no proxy, which would hide the address, and to no private, loopback or link-local one.
    public_only,
};

struct Request {
    std::string method = "GET";
    std::string url;
    Headers headers;
    std::string body; ///< sent when the method is POST
    BasicAuth auth;   ///< none when `user` is empty
    Millis timeout = std::chrono::seconds(30);
    std::size_t max_answer = std::size_t{64} << 20U; ///< bytes; a larger answer is an error
    bool fresh_connection = false; ///< goes over one of its own, never over a kept one
    Reachable reachable = Reachable::anywhere;
};

struct Response {
    int status = 0;
    Headers headers;
    std::string body;
};

/// Whether the far end can have seen a request that brought no whole answer.
enum class Reached { no, maybe };

/// No whole answer came. `Reached::no` only for what certainly failed before a byte of the request
/// left: name look-up, connect, TLS.
struct TransportError {
    Reached reached = Reached::maybe;
    std::string message; ///< one clause, without the URL's query
    bool by_us = false;  ///< we would not have it: an answer too large, an address not public
};

using Result = std::variant<Response, TransportError>;

/// One line of a request or answer for `-vv`; the client never hands out credentials.
using Trace = std::function<void(std::string_view line)>;

/// One request, one answer, over a kept connection. One client a thread. A POST is submitted at
/// most once, whatever becomes of the connection: libcurl's own repeat on a stale connection is
/// off.
class Client {
public:
    explicit Client(std::string user_agent, Trace trace = {});
    ~Client();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;

    /// Redirects are not followed. Never throws for what the network does.
    Result perform(const Request& request);

private:
    struct Handle;
    std::unique_ptr<Handle> m_handle;
};

} // namespace smsctl::http
