// Posts signed webhooks as fast as they are answered, over connections that are kept, and measures
// how long each waited for its answer. All requests are made and signed before the clock starts.
// One thread, epoll.
//
//     bench_webhook_load --url URL --token TOKEN --account AC… --to NUMBER [--requests N]
//                        [--connections N] [--people N] [--sids FILE]
//
// A text each from one of --people senders, with an id that is new. With --sids instead a report
// "delivered" for each message id of the file, a line each. Prints one JSON line.

#include "options.hpp"
#include "requests.hpp"
#include "signed_webhook.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <netinet/tcp.h>
#include <random>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using SteadyClock = std::chrono::steady_clock;

[[noreturn]] void give_up(const char* what)
{
    std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

struct Target {
    std::string url;
    std::string authority; ///< HOST:PORT
    std::string path;
    sockaddr_in address{};
};

Target target_of(const std::string& url)
{
    constexpr std::string_view scheme = "http://";
    Target target{.url = url, .authority = {}, .path = "/"};
    const auto slash = url.find('/', scheme.size());
    target.authority = url.substr(scheme.size(), slash - scheme.size());
    if (slash != std::string::npos)
        target.path = url.substr(slash);
    const auto colon = target.authority.find(':');
    target.address.sin_family = AF_INET;
    const std::string port = target.authority.substr(colon + 1);
    target.address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port.c_str())));
    if (::inet_pton(AF_INET, target.authority.substr(0, colon).c_str(), &target.address.sin_addr) !=
        1)
        give_up("--url wants http://ADDRESS:PORT/PATH");
    return target;
}

/// "SM" and 32 digits that nobody has had before, in no order: as Twilio's are.
std::string new_sid(std::mt19937_64& random)
{
    std::array<char, 35> sid{};
    std::snprintf(sid.data(),
                  sid.size(),
                  "SM%016llx%016llx",
                  static_cast<unsigned long long>(random()),
                  static_cast<unsigned long long>(random()));
    return sid.data();
}

class Maker {
public:
    explicit Maker(const bench::Options& options)
        : m_target(target_of(options.text("--url", ""))),
          m_token(options.text("--token", "")),
          m_account(options.text("--account", "")),
          m_ours(options.text("--to", "")),
          m_people(std::max(1L, options.number("--people", 1000)))
    {
    }

    const sockaddr_in& address() const { return m_target.address; }

    /// What Twilio sends about a text of a US number to another.
    std::string text(long n)
    {
        const std::string sender = "+1" + std::to_string(4'150'000'000 + n % m_people);
        const std::string sid = new_sid(m_random);
        return request({{"ToCountry", "US"},
                        {"ToState", "CA"},
                        {"SmsMessageSid", sid},
                        {"NumMedia", "0"},
                        {"ToCity", "SAN FRANCISCO"},
                        {"FromZip", "94107"},
                        {"SmsSid", sid},
                        {"FromState", "CA"},
                        {"SmsStatus", "received"},
                        {"FromCity", "SAN FRANCISCO"},
                        {"Body", "Is my parcel " + std::to_string(n) + " on its way? I am home."},
                        {"FromCountry", "US"},
                        {"To", m_ours},
                        {"ToZip", "94105"},
                        {"NumSegments", "1"},
                        {"MessageSid", sid},
                        {"AccountSid", m_account},
                        {"From", sender},
                        {"ApiVersion", "2010-04-01"}});
    }

    std::string report(const std::string& sid) const
    {
        return request({{"SmsSid", sid},
                        {"SmsStatus", "delivered"},
                        {"MessageStatus", "delivered"},
                        {"To", "+14155552671"},
                        {"MessageSid", sid},
                        {"AccountSid", m_account},
                        {"From", m_ours},
                        {"ApiVersion", "2010-04-01"}});
    }

private:
    std::string request(const bench::Fields& fields) const
    {
        const std::string body = bench::encode(fields);
        return "POST " + m_target.path + " HTTP/1.1\r\nHost: " + m_target.authority +
               "\r\nContent-Type: application/x-www-form-urlencoded; charset=utf-8"
               "\r\nContent-Length: " +
               std::to_string(body.size()) +
               "\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\nX-Twilio-Signature: " +
               bench::signature_of(m_target.url, fields, m_token) +
               "\r\nI-Twilio-Idempotency-Token: c2a3e0a1-5d1a-4a0c-9d65-6f1f3b7f0f11\r\n\r\n" +
               body;
    }

    Target m_target;
    std::string m_token;
    std::string m_account;
    std::string m_ours;
    long m_people;
    std::mt19937_64 m_random{std::random_device()()};
};

std::vector<std::string> make_all(const bench::Options& options, Maker& maker)
{
    std::vector<std::string> requests;
    if (const std::string path = options.text("--sids", ""); !path.empty()) {
        std::ifstream file(path);
        if (!file)
            give_up(path.c_str());
        for (std::string sid; std::getline(file, sid);)
            requests.push_back(maker.report(sid));
        return requests;
    }
    const long count = options.number("--requests", 1000);
    requests.reserve(static_cast<std::size_t>(count));
    for (long n = 0; n < count; ++n)
        requests.push_back(maker.text(n));
    return requests;
}

struct Connection {
    int fd = -1;
    std::string in;
    SteadyClock::time_point asked_at;
};

class Load {
public:
    Load(const std::vector<std::string>& requests, const sockaddr_in& address, long connections);

    void run();
    void print() const;

private:
    void ask(Connection& connection);
    void read_answer(Connection& connection);

    const std::vector<std::string>& m_requests;
    std::vector<Connection> m_connections;
    int m_epoll;
    std::size_t m_asked = 0;
    std::size_t m_answered = 0;
    std::size_t m_refused = 0;
    std::vector<std::int64_t> m_waits; ///< nanoseconds
    double m_seconds = 0;
};

Load::Load(const std::vector<std::string>& requests, const sockaddr_in& address, long connections)
    : m_requests(requests),
      m_connections(std::min(static_cast<std::size_t>(connections), requests.size())),
      m_epoll(::epoll_create1(EPOLL_CLOEXEC))
{
    m_waits.reserve(requests.size());
    for (Connection& connection : m_connections) {
        connection.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int yes = 1;
        ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        const auto* const to = reinterpret_cast<const sockaddr*>(&address);
        if (::connect(connection.fd, to, sizeof address) != 0)
            give_up("connect");
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &connection;
        ::epoll_ctl(m_epoll, EPOLL_CTL_ADD, connection.fd, &event);
    }
}

/// A request fits any socket buffer, as only one is on its way.
void Load::ask(Connection& connection)
{
    if (m_asked == m_requests.size())
        return;
    const std::string& request = m_requests[m_asked++];
    connection.asked_at = SteadyClock::now();
    if (::send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
        give_up("send");
}

void Load::read_answer(Connection& connection)
{
    std::array<char, 8192> bytes{};
    const ssize_t count = ::read(connection.fd, bytes.data(), bytes.size());
    if (count <= 0)
        give_up("the server hung up");
    connection.in.append(bytes.data(), static_cast<std::size_t>(count));
    if (bench::message_length(connection.in) == 0)
        return;
    m_waits.push_back((SteadyClock::now() - connection.asked_at).count());
    ++m_answered;
    m_refused += connection.in.starts_with("HTTP/1.1 2") ? 0 : 1;
    connection.in.clear();
    ask(connection);
}

void Load::run()
{
    const auto start = SteadyClock::now();
    for (Connection& connection : m_connections)
        ask(connection);
    std::array<epoll_event, 256> events{};
    while (m_answered < m_requests.size()) {
        const int count = ::epoll_wait(m_epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i)
            read_answer(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
    }
    m_seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
    std::sort(m_waits.begin(), m_waits.end());
}

void Load::print() const
{
    const auto at = [&](double share) {
        const auto last = static_cast<double>(m_waits.size() - 1);
        return static_cast<double>(m_waits[static_cast<std::size_t>(share * last)]) / 1e6;
    };
    std::printf("{\"answered\":%zu,\"refused\":%zu,\"seconds\":%.6f,\"per_second\":%.1f,"
                "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}\n",
                m_answered,
                m_refused,
                m_seconds,
                static_cast<double>(m_answered) / m_seconds,
                at(0.5),
                at(0.99),
                at(1));
}

} // namespace

int main(int argc, char** argv)
{
    const bench::Options options(argc,
                                 argv,
                                 {"--url",
                                  "--token",
                                  "--account",
                                  "--to",
                                  "--requests",
                                  "--connections",
                                  "--people",
                                  "--sids"});
    Maker maker(options);
    const std::vector<std::string> requests = make_all(options, maker);
    if (requests.empty())
        return 0;
    Load load(requests, maker.address(), std::max(1L, options.number("--connections", 64)));
    load.run();
    load.print();
    return 0;
}
