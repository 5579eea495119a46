// The far end of the bulk benchmarks: takes creates of messages over HTTP/1.1 and answers each as
// Twilio does, with a message id of its own, at once or after a fixed latency. One thread, epoll,
// nothing stored: as little work as a far end can have, so that what is measured is the client.
// Requests are read only as far as the benchmarks' clients go: no chunked bodies, no trailers.
//
//     bench_server [--port N] [--latency-ms N] [--count N] [--ready-file F]
//
// Prints {"port":N} when it listens and what it counted when it ends: on SIGTERM or SIGINT, or
// after
// --count creates.

#include "options.hpp"
#include "requests.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <netinet/tcp.h>
#include <random>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>

namespace {

using SteadyClock = std::chrono::steady_clock;

/// The answer to a create, and the places in it where the 32 digits of the message id stand.
class Answer {
public:
    Answer()
    {
        const std::string path =
            "/2010-04-01/Accounts/AC5100000000000000000000000000051a/Messages/SM" + m_digits;
        const std::string body =
            R"({"account_sid":"AC5100000000000000000000000000051a","api_version":"2010-04-01",)"
            R"("body":"Your parcel arrives today between 9 and 11. Reply STOP to opt out.",)"
            R"("date_created":"Tue, 03 Mar 2026 10:15:30 +0000","date_sent":null,)"
            R"("date_updated":"Tue, 03 Mar 2026 10:15:30 +0000","direction":"outbound-api",)"
            R"("error_code":null,"error_message":null,"from":"+15005550006",)"
            R"("messaging_service_sid":null,"num_media":"0","num_segments":"1","price":null,)"
            R"("price_unit":"USD","sid":"SM)" +
            m_digits + R"(","status":"queued","subresource_uris":{"media":")" + path +
            R"(/Media.json"},"to":"+14155552671","uri":")" + path + R"(.json"})";
        m_text = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: " +
                 std::to_string(body.size()) + "\r\nTwilio-Request-Id: RQ" + m_digits +
                 "\r\nTwilio-Request-Duration: 0.043\r\nTwilio-Concurrent-Requests: 1"
                 "\r\nDate: Tue, 03 Mar 2026 10:15:30 GMT\r\nConnection: keep-alive"
                 "\r\nX-Home-Region: us1\r\nX-Api-Domain: api.twilio.com"
                 "\r\nAccess-Control-Allow-Origin: *"
                 "\r\nAccess-Control-Allow-Headers: Accept, Authorization, Content-Type, If-Match, "
                 "If-Modified-Since, If-None-Match, If-Unmodified-Since, Idempotency-Key"
                 "\r\nAccess-Control-Allow-Methods: GET, POST, PATCH, PUT, DELETE, OPTIONS"
                 "\r\nAccess-Control-Expose-Headers: ETag"
                 "\r\nAccess-Control-Allow-Credentials: true"
                 "\r\nX-Shenanigans: none\r\nX-Powered-By: AT-5000\r\n\r\n" +
                 body;
        for (auto at = m_text.find(m_digits); at != std::string::npos;
             at = m_text.find(m_digits, at + 1))
            m_places.push_back(at);
    }

    /// The text for the next message; good until the next call.
    const std::string& next()
    {
        std::array<char, 33> digits{};
        std::snprintf(digits.data(),
                      digits.size(),
                      "%016llx%016llx",
                      static_cast<unsigned long long>(m_random()),
                      static_cast<unsigned long long>(m_random()));
        for (const std::size_t place : m_places)
            std::memcpy(&m_text[place], digits.data(), digits.size() - 1);
        return m_text;
    }

private:
    std::string m_digits = std::string(32, '@');
    std::string m_text;
    std::deque<std::size_t> m_places;
    std::mt19937_64 m_random{std::random_device()()};
};

struct Connection {
    int fd = -1;
    std::string in;
};

bool is_create(std::string_view request)
{
    const std::string_view line = request.substr(0, request.find("\r\n"));
    return line.starts_with("POST /2010-04-01/Accounts/") &&
           line.find("/Messages.json HTTP/1.1") != std::string_view::npos;
}

class Server {
public:
    Server(long port, std::chrono::milliseconds latency, long limit);

    int port() const;
    void run();
    void print_totals() const;

private:
    void watch(int fd) const;
    void accept_all();
    void read_some(Connection& connection);
    void answer_due();
    void answer(Connection& connection);
    void close_connection(int fd);
    timespec time_to_wait() const;

    struct Due {
        SteadyClock::time_point at;
        std::weak_ptr<Connection> connection;
    };

    std::chrono::milliseconds m_latency;
    long m_limit;
    int m_listener;
    int m_epoll;
    int m_signals;
    std::unordered_map<int, std::shared_ptr<Connection>> m_connections;
    std::deque<Due> m_due; ///< the latency is the same for all: first in, first out
    Answer m_answer;
    long m_creates = 0;
    long m_answered = 0;
    long m_others = 0;
    long m_accepted = 0;
    std::size_t m_peak_in_flight = 1;
    SteadyClock::time_point m_first;
    SteadyClock::time_point m_last;
};

[[noreturn]] void give_up(const char* what)
{
    std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

Server::Server(long port, std::chrono::milliseconds latency, long limit)
    : m_latency(latency),
      m_limit(limit),
      m_listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      m_epoll(::epoll_create1(EPOLL_CLOEXEC)),
      m_signals(-1)
{
    const int yes = 1;
    ::setsockopt(m_listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::bind(m_listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(m_listener, SOMAXCONN) != 0)
        give_up("listen");
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    m_signals = ::signalfd(-1, &ends, SFD_CLOEXEC);
    watch(m_listener);
    watch(m_signals);
}

int Server::port() const
{
    sockaddr_in address{};
    socklen_t length = sizeof address;
    ::getsockname(m_listener, reinterpret_cast<sockaddr*>(&address), &length);
    return ntohs(address.sin_port);
}

void Server::watch(int fd) const
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(m_epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        give_up("epoll_ctl");
}

void Server::accept_all()
{
    for (int fd = 0;
         (fd = ::accept4(m_listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        const int yes = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        auto connection = std::make_shared<Connection>();
        connection->fd = fd;
        m_connections[fd] = std::move(connection);
        ++m_accepted;
        watch(fd);
    }
}

void Server::close_connection(int fd)
{
    ::close(fd);
    m_connections.erase(fd);
}

void Server::read_some(Connection& connection)
{
    std::array<char, 16384> bytes{};
    const ssize_t count = ::read(connection.fd, bytes.data(), bytes.size());
    if (count <= 0) {
        if (count == 0 || errno != EAGAIN)
            close_connection(connection.fd);
        return;
    }
    connection.in.append(bytes.data(), static_cast<std::size_t>(count));
    for (std::size_t length = 0; (length = bench::message_length(connection.in)) != 0;) {
        const bool create = is_create(std::string_view(connection.in).substr(0, length));
        connection.in.erase(0, length);
        if (!create) {
            ++m_others;
            constexpr std::string_view refusal =
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
            static_cast<void>(::write(connection.fd, refusal.data(), refusal.size()) < 0);
            continue;
        }
        m_last = SteadyClock::now();
        if (m_creates == 0)
            m_first = m_last;
        ++m_creates;
        if (m_latency.count() == 0)
            answer(connection);
        else
            m_due.push_back({m_last + m_latency, m_connections.at(connection.fd)});
        m_peak_in_flight = std::max(m_peak_in_flight, m_due.size());
    }
}

/// A whole answer fits any socket buffer, as a client asks for one at a time.
void Server::answer(Connection& connection)
{
    const std::string& text = m_answer.next();
    if (::send(connection.fd, text.data(), text.size(), MSG_NOSIGNAL) ==
        static_cast<ssize_t>(text.size()))
        ++m_answered;
}

void Server::answer_due()
{
    if (m_due.empty())
        return;
    for (const auto now = SteadyClock::now(); !m_due.empty() && m_due.front().at <= now;) {
        if (const auto connection = m_due.front().connection.lock())
            answer(*connection);
        m_due.pop_front();
    }
}

/// Until the next answer is due, to the nanosecond: a millisecond is much of a latency.
timespec Server::time_to_wait() const
{
    const auto left = std::max(SteadyClock::duration(0), m_due.front().at - SteadyClock::now());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
    return {seconds.count(), std::chrono::nanoseconds(left - seconds).count()};
}

void Server::run()
{
    std::array<epoll_event, 256> events{};
    for (bool ended = false; !ended && (m_limit == 0 || m_answered < m_limit);) {
        const timespec wait = m_due.empty() ? timespec{} : time_to_wait();
        const int count = ::epoll_pwait2(m_epoll,
                                         events.data(),
                                         static_cast<int>(events.size()),
                                         m_due.empty() ? nullptr : &wait,
                                         nullptr);
        for (int i = 0; i < count; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            if (fd == m_signals)
                ended = true;
            else if (fd == m_listener)
                accept_all();
            else if (const auto found = m_connections.find(fd); found != m_connections.end())
                read_some(*std::shared_ptr(found->second));
        }
        answer_due();
    }
}

void Server::print_totals() const
{
    const double seconds = std::chrono::duration<double>(m_last - m_first).count();
    const auto monotonic = [](SteadyClock::time_point at) {
        return std::chrono::duration<double>(at.time_since_epoch()).count();
    };
    std::printf("{\"creates\":%ld,\"answered\":%ld,\"others\":%ld,\"connections\":%ld,"
                "\"peak_in_flight\":%zu,\"first\":%.6f,\"last\":%.6f,\"per_second\":%.1f}\n",
                m_creates,
                m_answered,
                m_others,
                m_accepted,
                m_peak_in_flight,
                monotonic(m_first),
                monotonic(m_last),
                seconds > 0 ? static_cast<double>(m_creates - 1) / seconds : 0.0);
}

} // namespace

int main(int argc, char** argv)
{
    const bench::Options options(argc, argv, {"--port", "--latency-ms", "--count", "--ready-file"});
    Server server(options.number("--port", 0),
                  std::chrono::milliseconds(options.number("--latency-ms", 0)),
                  options.number("--count", 0));
    const std::string ready = "{\"port\":" + std::to_string(server.port()) + "}\n";
    std::fputs(ready.c_str(), stdout);
    std::fflush(stdout);
    if (const std::string path = options.text("--ready-file", ""); !path.empty()) {
        std::FILE* file = std::fopen((path + ".new").c_str(), "w");
        if (file == nullptr)
            give_up(path.c_str());
        std::fputs(ready.c_str(), file);
        std::fclose(file);
        if (std::rename((path + ".new").c_str(), path.c_str()) != 0)
            give_up(path.c_str());
    }
    server.run();
    server.print_totals();
    return 0;
}
