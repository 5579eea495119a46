#include "support/loopback_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace smsctl::test {

namespace {

constexpr int glance_ms = 20; ///< how soon a raw server notices that it shall stop

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

int checked(int result, const char* what)
{
    if (result < 0) {
        throw std::system_error(errno, std::generic_category(), what);
    }
    return result;
}

const sockaddr* plain(const sockaddr_in& address)
{
    return reinterpret_cast<const sockaddr*>(&address);
}

int bound_socket()
{
    const int fd = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    const sockaddr_in address = loopback(0);
    checked(bind(fd, plain(address), sizeof address), "bind");
    return fd;
}

std::uint16_t port_of(int fd)
{
    sockaddr_in address{};
    socklen_t length = sizeof address;
    checked(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
    return ntohs(address.sin_port);
}

std::string loopback_url(std::uint16_t port, std::string_view target)
{
    return fmt::format("http://127.0.0.1:{}{}", port, target);
}

bool send_all(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void reset(int fd)
{
    const linger at_once{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

/// Length of the first whole request in `input`, 0 when it is not whole yet.
std::size_t request_length(const std::string& input)
{
    const std::size_t head = input.find("\r\n\r\n");
    if (head == std::string::npos) {
        return 0;
    }
    constexpr std::string_view name = "\r\nContent-Length: ";
    const std::size_t field = input.find(name);
    const std::size_t body =
        field < head ? std::stoul(input.substr(field + name.size())) : std::size_t{0};
    const std::size_t whole = head + 4 + body;
    return input.size() >= whole ? whole : 0;
}

http::Server::Handler recording(Arrivals<http::ServerRequest>& requests,
                                http::Server::Handler handler)
{
    return [&requests, handler = std::move(handler)](http::ServerRequest request,
                                                     http::Responder responder) {
        requests.add(request);
        handler(std::move(request), std::move(responder));
    };
}

http::Server::Handler answering(LoopbackServer::Answer answer)
{
    return [answer = std::move(answer)](const http::ServerRequest& request,
                                        http::Responder responder) { responder(answer(request)); };
}

} // namespace

LoopbackServer::LoopbackServer(Answer answer, http::ServerLimits limits)
    : LoopbackServer(answering(std::move(answer)), limits)
{
}

LoopbackServer::LoopbackServer(http::Server::Handler handler, http::ServerLimits limits)
    : m_server("127.0.0.1:0", recording(m_requests, std::move(handler)), limits),
      m_thread([this](const std::stop_token& stop) { m_server.run(stop, Millis(0)); })
{
}

LoopbackServer::~LoopbackServer() = default;

std::string LoopbackServer::url(std::string_view target) const
{
    return loopback_url(port(), target);
}

void LoopbackServer::stop()
{
    m_thread.request_stop();
    m_thread.join();
}

RawServer::RawServer(Script script, Accept accept)
    : m_script(std::move(script)),
      m_accept(accept),
      m_listener(bound_socket()),
      m_port(port_of(m_listener))
{
    checked(listen(m_listener, SOMAXCONN), "listen");
    m_thread = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

RawServer::~RawServer()
{
    m_thread.request_stop();
    m_thread.join();
    close(m_listener);
}

std::string RawServer::url(std::string_view target) const
{
    return loopback_url(m_port, target);
}

void RawServer::serve(const std::stop_token& stop)
{
    std::map<int, std::string> open; // socket and what came that is no whole request yet
    std::vector<int> hanging;
    std::size_t index = 0;
    // False when the connection is not to be read any more.
    const auto answer = [&](int fd, std::string& input) {
        for (std::size_t size = request_length(input); size != 0; size = request_length(input)) {
            const std::string request = input.substr(0, size);
            input.erase(0, size);
            m_requests.add(request);
            const RawAnswer said = m_script(index++, request);
            send_all(fd, said.bytes);
            if (said.then == RawAnswer::Then::keep) {
                continue;
            }
            if (said.then == RawAnswer::Then::close) {
                close(fd);
            } else if (said.then == RawAnswer::Then::reset) {
                reset(fd);
            } else {
                hanging.push_back(fd);
            }
            return false;
        }
        return true;
    };
    while (!stop.stop_requested()) {
        std::vector<pollfd> watched{{m_listener, POLLIN, 0}};
        for (const auto& [fd, input] : open) {
            watched.push_back({fd, POLLIN, 0});
        }
        poll(watched.data(), watched.size(), glance_ms);
        for (std::size_t i = 1; i < watched.size(); ++i) {
            if (watched[i].revents == 0) {
                continue;
            }
            const int fd = watched[i].fd;
            char bytes[4096];
            const ssize_t count = recv(fd, bytes, sizeof bytes, 0);
            if (count <= 0) {
                close(fd);
                open.erase(fd);
                continue;
            }
            if (!answer(fd, open[fd].append(bytes, static_cast<std::size_t>(count)))) {
                open.erase(fd);
            }
        }
        if (watched[0].revents != 0) {
            const int fd = accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) {
                continue;
            }
            m_connections.add(fd);
            if (m_accept == Accept::close_at_once) {
                close(fd);
            } else {
                open[fd];
            }
        }
    }
    for (const auto& [fd, input] : open) {
        close(fd);
    }
    std::for_each(hanging.begin(), hanging.end(), close);
}

RawClient::RawClient(std::uint16_t port, const std::string& own_address)
    : m_socket(checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"))
{
    const timeval limit{std::chrono::duration_cast<std::chrono::seconds>(patience).count(), 0};
    setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(m_socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const int on = 1;
    setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!own_address.empty()) {
        sockaddr_in own = loopback(0);
        inet_pton(AF_INET, own_address.c_str(), &own.sin_addr);
        checked(bind(m_socket, plain(own), sizeof own), "bind");
    }
    const sockaddr_in address = loopback(port);
    checked(connect(m_socket, plain(address), sizeof address), "connect");
}

RawClient::~RawClient()
{
    close(m_socket);
}

bool RawClient::send(std::string_view bytes)
{
    return send_all(m_socket, bytes);
}

std::string RawClient::read_until(std::string_view end)
{
    std::string received;
    char bytes[4096];
    while (end.empty() || received.find(end) == std::string::npos) {
        const ssize_t count = recv(m_socket, bytes, sizeof bytes, 0);
        if (count < 0 && errno != ECONNRESET) {
            throw std::runtime_error("the server neither answers nor hangs up");
        }
        if (count <= 0) {
            m_reset = count < 0;
            break;
        }
        received.append(bytes, static_cast<std::size_t>(count));
    }
    return received;
}

std::string RawClient::read_to_end()
{
    return read_until({});
}

bool RawClient::stirs_within(Millis limit) const
{
    pollfd watched{m_socket, POLLIN, 0};
    return poll(&watched, 1, static_cast<int>(limit.count())) > 0;
}

std::uint16_t closed_port()
{
    const int fd = bound_socket(); // bound, and so nobody else's, but not listening
    const std::uint16_t port = port_of(fd);
    close(fd);
    return port;
}

} // namespace smsctl::test
