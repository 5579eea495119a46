// What bulk sending is measured against: a libcurl multi loop that posts messages as fast as it
// can, never sends one twice, and stores nothing. Connections and requests are set up as
// src/http/client.cpp does.
//
//     bench_bare_loop --url http://127.0.0.1:PORT [--messages N] [--in-flight N]
//                     [--driver epoll|poll] [--body read|fields]
//
// Prints one JSON line. `--body fields` gives libcurl the whole body, which it sends with the
// headers at once, and relies on the lock before the first byte alone.

#include "bare_loop.hpp"

#include "options.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <sys/resource.h>

namespace bench {

namespace {

constexpr long idle_connection_seconds = 20;
constexpr long connection_lifetime_seconds = 120;

void check(CURLcode code)
{
    if (code != CURLE_OK) {
        std::fprintf(stderr, "libcurl: %s\n", curl_easy_strerror(code));
        std::exit(1);
    }
}

std::size_t read_body(char* buffer, std::size_t size, std::size_t count, void* user)
{
    auto& transfer = *static_cast<Transfer*>(user);
    const std::size_t length = std::min(size * count, transfer.body.size() - transfer.sent);
    std::memcpy(buffer, &transfer.body[transfer.sent], length);
    transfer.sent += length;
    return length;
}

int refuse_rewind(void* /*user*/, curl_off_t /*offset*/, int /*origin*/)
{
    return CURL_SEEKFUNC_FAIL;
}

int allow_one_start(void* user, char* /*to*/, char* /*from*/, int /*to_port*/, int /*from_port*/)
{
    return ++static_cast<Transfer*>(user)->starts > 1 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

std::size_t drop_answer(char* /*bytes*/, std::size_t size, std::size_t count, void* /*user*/)
{
    return size * count;
}

/// The n-th message's form; the recipients are all different.
std::string form(long n)
{
    std::array<char, 160> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "To=%%2B1%010ld&From=%%2B15005550006&Body=Your+parcel+%ld+arrives+today+between+9+"
        "and+11.+Reply+STOP+to+opt+out.",
        4'152'000'000 + n,
        n);
    return text.data();
}

double cpu_seconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

} // namespace

Loop::Loop(std::string url, long messages, long in_flight, bool whole_body)
    : m_url(std::move(url)),
      m_messages(messages),
      m_whole_body(whole_body),
      m_multi(curl_multi_init()),
      m_headers(curl_slist_append(nullptr, "Expect:"))
{
    m_headers = curl_slist_append(m_headers, "Content-Type: application/x-www-form-urlencoded");
    curl_multi_setopt(m_multi, CURLMOPT_MAXCONNECTS, in_flight);
    m_transfers.resize(static_cast<std::size_t>(std::min(messages, in_flight)));
    for (Transfer& transfer : m_transfers)
        set_up(transfer);
}

Loop::~Loop()
{
    for (Transfer& transfer : m_transfers)
        curl_easy_cleanup(transfer.easy);
    curl_multi_cleanup(m_multi);
    curl_slist_free_all(m_headers);
}

void Loop::set_up(Transfer& transfer)
{
    transfer.easy = curl_easy_init();
    const auto set = [&](CURLoption option, auto value) {
        check(curl_easy_setopt(transfer.easy, option, value));
    };
    set(CURLOPT_URL, m_url.c_str());
    set(CURLOPT_USERAGENT, "bare-loop");
    set(CURLOPT_HTTPHEADER, m_headers);
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, "AC5100000000000000000000000000051a");
    set(CURLOPT_PASSWORD, "5151a70de05151a70de05151a70de051");
    set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, 30'000L);
    set(CURLOPT_MAXAGE_CONN, idle_connection_seconds);
    set(CURLOPT_MAXLIFETIME_CONN, connection_lifetime_seconds);
    set(CURLOPT_POST, 1L);
    set(CURLOPT_READFUNCTION, read_body);
    set(CURLOPT_READDATA, &transfer);
    set(CURLOPT_SEEKFUNCTION, refuse_rewind);
    set(CURLOPT_PREREQFUNCTION, allow_one_start);
    set(CURLOPT_PREREQDATA, &transfer);
    set(CURLOPT_WRITEFUNCTION, drop_answer);
    set(CURLOPT_PRIVATE, &transfer);
}

void Loop::begin_all()
{
    for (Transfer& transfer : m_transfers)
        begin_next(transfer);
}

void Loop::begin_next(Transfer& transfer)
{
    transfer.body = form(m_begun++);
    transfer.sent = 0;
    transfer.starts = 0;
    check(curl_easy_setopt(
        transfer.easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.body.size())));
    if (m_whole_body)
        check(curl_easy_setopt(transfer.easy, CURLOPT_POSTFIELDS, transfer.body.c_str()));
    curl_multi_add_handle(m_multi, transfer.easy);
}

bool Loop::finish_and_refill()
{
    bool any = false;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(m_multi, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        any = true;
        long status = 0;
        void* user = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &user);
        ++(message->data.result == CURLE_OK && status == 201 ? m_accepted : m_failed);
        curl_multi_remove_handle(m_multi, message->easy_handle);
        if (m_begun < m_messages)
            begin_next(*static_cast<Transfer*>(user));
    }
    return any;
}

} // namespace bench

int main(int argc, char** argv)
{
    using namespace bench;
    const Options options(argc, argv, {"--url", "--messages", "--in-flight", "--driver", "--body"});
    const std::string url = options.text("--url", "http://127.0.0.1:8788") +
                            "/2010-04-01/Accounts/AC5100000000000000000000000000051a/Messages.json";
    const std::string driver = options.choice("--driver", {"epoll", "poll"});
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const auto start = std::chrono::steady_clock::now();
    Loop loop(url,
              options.number("--messages", 1000),
              options.number("--in-flight", 50),
              options.choice("--body", {"read", "fields"}) == "fields");
    if (driver == "epoll")
        run_with_epoll(loop);
    else
        run_with_poll(loop);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("{\"driver\":\"%s\",\"accepted\":%ld,\"failed\":%ld,\"seconds\":%.6f,"
                "\"cpu_seconds\":%.6f}\n",
                driver.c_str(),
                loop.accepted(),
                loop.failed(),
                seconds,
                cpu_seconds());
    return loop.failed() == 0 ? 0 : 1;
}
