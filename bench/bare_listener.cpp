// What listening is measured against: the least server that checks a webhook's signature, keeps it
// in one row of an SQLite table by its message id and status, and answers after the commit. One
// thread reads with epoll; another takes what is waiting, commits it together, and answers.
//
//     bench_bare_listener --database FILE --token TOKEN [--port N]
//
// Prints {"port":N} when it listens and how many it kept when it ends: on SIGTERM or SIGINT.

#include "options.hpp"
#include "requests.hpp"
#include "signed_webhook.hpp"

#include <openssl/crypto.h>
#include <sqlite3.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <memory>
#include <mutex>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::string_view taken =
    "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 11\r\n\r\n<Response/>";
constexpr std::string_view forbidden = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";

[[noreturn]] void give_up(const char* what, const char* why)
{
    std::fprintf(stderr, "%s: %s\n", what, why);
    std::exit(1);
}

/// An answer fits any socket buffer, as a client waits for it before it asks again.
void answer(int fd, std::string_view text)
{
    static_cast<void>(::send(fd, text.data(), text.size(), MSG_NOSIGNAL) < 0);
}

struct Webhook {
    int fd = -1;
    std::string key; ///< the 16 bytes of the message id and one for the status
    std::string body;
};

class Table {
public:
    explicit Table(const std::string& path)
    {
        check(sqlite3_open(path.c_str(), &m_database));
        run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = "
            "10000;"
            "CREATE TABLE webhooks (seq INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, body TEXT "
            "NOT "
            "NULL)");
        check(sqlite3_prepare_v3(m_database,
                                 "INSERT INTO webhooks (key, body) VALUES (?, ?) ON CONFLICT DO "
                                 "NOTHING",
                                 -1,
                                 SQLITE_PREPARE_PERSISTENT,
                                 &m_insert,
                                 nullptr));
    }
    ~Table()
    {
        sqlite3_finalize(m_insert);
        sqlite3_close(m_database);
    }
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    void keep(const std::vector<Webhook>& webhooks)
    {
        run("BEGIN IMMEDIATE");
        for (const Webhook& one : webhooks) {
            const auto size = [](const std::string& text) { return static_cast<int>(text.size()); };
            check(sqlite3_bind_blob(m_insert, 1, one.key.data(), size(one.key), SQLITE_STATIC));
            check(sqlite3_bind_text(m_insert, 2, one.body.data(), size(one.body), SQLITE_STATIC));
            if (sqlite3_step(m_insert) != SQLITE_DONE)
                give_up("insert", sqlite3_errmsg(m_database));
            sqlite3_reset(m_insert);
        }
        run("COMMIT");
    }

private:
    void run(const char* sql) { check(sqlite3_exec(m_database, sql, nullptr, nullptr, nullptr)); }
    void check(int code) const
    {
        if (code != SQLITE_OK)
            give_up("sqlite", sqlite3_errmsg(m_database));
    }

    sqlite3* m_database = nullptr;
    sqlite3_stmt* m_insert = nullptr;
};

/// Group commit: whatever came while the last transaction was written is the next one.
class Writer {
public:
    explicit Writer(const std::string& path) : m_table(path), m_thread([this] { run(); }) {}
    ~Writer()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_over = true;
        }
        m_arrived.notify_one();
        m_thread.join();
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void add(Webhook webhook)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_waiting.push_back(std::move(webhook));
        }
        m_arrived.notify_one();
    }

private:
    void run()
    {
        for (std::vector<Webhook> taken_now;; taken_now.clear()) {
            {
                std::unique_lock lock(m_mutex);
                m_arrived.wait(lock, [this] { return m_over || !m_waiting.empty(); });
                if (m_waiting.empty())
                    return;
                taken_now.swap(m_waiting);
            }
            m_table.keep(taken_now);
            for (const Webhook& one : taken_now)
                answer(one.fd, taken);
        }
    }

    Table m_table;
    std::mutex m_mutex;
    std::condition_variable m_arrived;
    std::vector<Webhook> m_waiting;
    bool m_over = false;
    std::thread m_thread;
};

class Listener {
public:
    Listener(long port, std::string token, const std::string& path);
    int port() const { return m_port; }
    long run();

private:
    void watch(int fd) const;
    void accept_all();
    void read_some(int fd);
    void take(int fd, std::string_view request);

    std::string m_token;
    int m_listener;
    int m_epoll;
    int m_signals = -1;
    int m_port = 0;
    long m_kept = 0;
    std::string m_url;
    std::unordered_map<int, std::string> m_connections;
    std::unique_ptr<Writer> m_writer;
};

Listener::Listener(long port, std::string token, const std::string& path)
    : m_token(std::move(token)),
      m_listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      m_epoll(::epoll_create1(EPOLL_CLOEXEC))
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    socklen_t length = sizeof address;
    auto* const at = reinterpret_cast<sockaddr*>(&address);
    if (::bind(m_listener, at, length) != 0 || ::listen(m_listener, SOMAXCONN) != 0)
        give_up("listen", std::strerror(errno));
    ::getsockname(m_listener, at, &length);
    m_port = ntohs(address.sin_port);
    m_url = "http://127.0.0.1:" + std::to_string(m_port) + "/";
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    m_signals = ::signalfd(-1, &ends, SFD_CLOEXEC);
    watch(m_listener);
    watch(m_signals);
    m_writer = std::make_unique<Writer>(path);
}

void Listener::watch(int fd) const
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(m_epoll, EPOLL_CTL_ADD, fd, &event);
}

void Listener::accept_all()
{
    for (int fd = 0;
         (fd = ::accept4(m_listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        const int yes = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        m_connections[fd].clear();
        watch(fd);
    }
}

void Listener::read_some(int fd)
{
    std::array<char, 16384> bytes{};
    const ssize_t count = ::read(fd, bytes.data(), bytes.size());
    if (count <= 0) {
        if (count == 0 || errno != EAGAIN) {
            ::close(fd);
            m_connections.erase(fd);
        }
        return;
    }
    std::string& in = m_connections[fd];
    in.append(bytes.data(), static_cast<std::size_t>(count));
    for (std::size_t length = 0; (length = bench::message_length(in)) != 0; in.erase(0, length))
        take(fd, std::string_view(in).substr(0, length));
}

std::string_view header(std::string_view request, std::string_view name)
{
    const auto at = request.find(name);
    if (at == std::string_view::npos)
        return {};
    const auto from = at + name.size();
    return request.substr(from, request.find("\r\n", from) - from);
}

std::string key_of(const bench::Fields& fields)
{
    const auto sid = fields.find("MessageSid");
    const auto status = fields.find("SmsStatus");
    if (sid == fields.end() || sid->second.size() != 34 || status == fields.end())
        return {};
    std::string key(16, '\0');
    for (std::size_t i = 0; i < key.size(); ++i)
        key[i] = static_cast<char>(std::stoi(sid->second.substr(2 + i * 2, 2), nullptr, 16));
    return key + status->second[0];
}

void Listener::take(int fd, std::string_view request)
{
    const std::string_view body = request.substr(request.find("\r\n\r\n") + 4);
    const bench::Fields fields = bench::decode(body);
    const std::string expected = bench::signature_of(m_url, fields, m_token);
    const std::string_view given = header(request, "\r\nX-Twilio-Signature: ");
    std::string key = key_of(fields);
    if (given.size() != expected.size() || key.empty() ||
        CRYPTO_memcmp(given.data(), expected.data(), expected.size()) != 0)
        return answer(fd, forbidden);
    ++m_kept;
    m_writer->add({fd, std::move(key), std::string(body)});
}

long Listener::run()
{
    std::array<epoll_event, 256> events{};
    while (true) {
        const int count = ::epoll_wait(m_epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            if (fd == m_signals) {
                m_writer.reset();
                return m_kept;
            }
            if (fd == m_listener)
                accept_all();
            else
                read_some(fd);
        }
    }
}

} // namespace

int main(int argc, char** argv)
{
    const bench::Options options(argc, argv, {"--port", "--token", "--database"});
    Listener listener(options.number("--port", 0),
                      options.text("--token", ""),
                      options.text("--database", "bare.db"));
    std::printf("{\"port\":%d}\n", listener.port());
    std::fflush(stdout);
    std::printf("{\"kept\":%ld}\n", listener.run());
    return 0;
}
