// libcurl's multi interface on epoll. It says which sockets it wants to hear of and when its next
// timer ends; asking it about ready sockets alone costs the same with 5 as with 500 in flight.

#include "http/pool.hpp"

#include "core/error.hpp"
#include "http/easy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace smsctl::http {

namespace {

using Monotonic = std::chrono::steady_clock;

constexpr long kept_connections = 1000;

Error system_error(const char* what)
{
    return {Exit::failed, "internal.poll", fmt::format("{}: {}", what, std::strerror(errno))};
}

class Descriptor {
public:
    Descriptor(int number, const char* what) : m_number(number)
    {
        if (number < 0)
            throw system_error(what);
    }
    ~Descriptor() { ::close(m_number); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return m_number; }

private:
    int m_number;
};

void refuse_malformed(const Request& request)
{
    if (!Easy::is_well_formed(request))
        throw Error(Exit::failed, "internal.http", "a request with a line break in it");
}

/// A handle with the request it carries; used over and over.
struct Slot {
    Slot(const std::string& user_agent, Request prototype, const Trace& watcher)
        : request(std::move(prototype)), easy(user_agent), exchange(request, watcher)
    {
    }

    Request request;
    Easy easy;
    Exchange exchange;
    std::int64_t ticket = 0;
    bool is_prototype = true; ///< but for its body
};

} // namespace

class Pool::Loop {
public:
    Loop(std::string user_agent, Request prototype, Trace trace);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void start(std::int64_t ticket, std::string body);
    void start(std::int64_t ticket, Request request);
    std::size_t in_flight() const { return m_slots.size() - m_idle.size(); }
    std::vector<Finished> wait(std::optional<Millis> longest);
    void wake() const;

private:
    /// What a socket is registered for with epoll, and what libcurl wants of it now.
    struct Interest {
        std::uint32_t registered = 0;
        std::uint32_t wanted = 0;
        bool is_connection = false; ///< of which we hear when it is opened and closed
    };

    static curl_socket_t on_open(void* loop, curlsocktype purpose, curl_sockaddr* address);
    static int on_close(void* loop, curl_socket_t socket);
    static int on_socket(CURL* easy, curl_socket_t socket, int what, void* loop, void* unused);
    static int on_timer(CURLM* multi, long milliseconds, void* loop);
    Interest& interest(curl_socket_t socket);
    void watch(curl_socket_t socket, std::uint32_t events);
    void unregister(curl_socket_t socket, Interest& interest) const;
    Slot& free_slot();
    void prepare(Slot& slot);
    void launch(Slot& slot, std::int64_t ticket);
    void drive(int longest);
    void collect(std::vector<Finished>& finished);
    int milliseconds_until(std::optional<Monotonic::time_point> end) const;

    std::string m_user_agent;
    Request m_prototype;
    Trace m_trace;
    Descriptor m_epoll;
    Descriptor m_wake;
    std::vector<Interest> m_interests; ///< by socket
    std::optional<Monotonic::time_point> m_timer;
    bool m_woken = false;
    std::vector<std::unique_ptr<Slot>> m_slots;
    std::vector<Slot*> m_idle;
    struct Free {
        void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
    };
    std::unique_ptr<CURLM, Free> m_multi;
};

Pool::Loop::Loop(std::string user_agent, Request prototype, Trace trace)
    : m_user_agent(std::move(user_agent)),
      m_prototype(std::move(prototype)),
      m_trace(std::move(trace)),
      m_epoll(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"),
      m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")
{
    refuse_malformed(m_prototype);
    m_idle.push_back(&free_slot()); // starts libcurl, too
    m_multi.reset(curl_multi_init());
    if (!m_multi)
        throw Error(Exit::failed, "internal.http", "libcurl cannot be started");
    curl_multi_setopt(m_multi.get(), CURLMOPT_PIPELINING, long{CURLPIPE_NOTHING});
    // Else it keeps four for each handle that happens to be at work, and closes the others.
    curl_multi_setopt(m_multi.get(), CURLMOPT_MAXCONNECTS, kept_connections);
    curl_multi_setopt(m_multi.get(), CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(m_multi.get(), CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(m_multi.get(), CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(m_multi.get(), CURLMOPT_TIMERDATA, this);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = m_wake.number();
    if (::epoll_ctl(m_epoll.number(), EPOLL_CTL_ADD, m_wake.number(), &event) != 0)
        throw system_error("epoll_ctl");
}

Pool::Loop::~Loop()
{
    for (const auto& slot : m_slots)
        curl_multi_remove_handle(m_multi.get(), slot->easy.get());
}

Slot& Pool::Loop::free_slot()
{
    if (m_idle.empty()) {
        m_slots.push_back(std::make_unique<Slot>(m_user_agent, m_prototype, m_trace));
        prepare(*m_slots.back());
        return *m_slots.back();
    }
    Slot& slot = *m_idle.back();
    m_idle.pop_back();
    return slot;
}

void Pool::Loop::prepare(Slot& slot)
{
    slot.easy.prepare(slot.exchange);
    CURL* const easy = slot.easy.get();
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &slot);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
}

void Pool::Loop::start(std::int64_t ticket, std::string body)
{
    Slot& slot = free_slot();
    if (!slot.is_prototype) {
        slot.request = m_prototype;
        slot.is_prototype = true;
        prepare(slot);
    }
    slot.request.body = std::move(body);
    slot.easy.rearm(slot.exchange);
    launch(slot, ticket);
}

void Pool::Loop::start(std::int64_t ticket, Request request)
{
    refuse_malformed(request);
    Slot& slot = free_slot();
    slot.request = std::move(request);
    slot.is_prototype = false;
    prepare(slot);
    launch(slot, ticket);
}

void Pool::Loop::launch(Slot& slot, std::int64_t ticket)
{
    slot.ticket = ticket;
    slot.exchange.restart();
    const CURLMcode code = curl_multi_add_handle(m_multi.get(), slot.easy.get());
    if (code != CURLM_OK)
        throw Error(Exit::failed, "internal.http", curl_multi_strerror(code));
}

Pool::Loop::Interest& Pool::Loop::interest(curl_socket_t socket)
{
    const auto index = static_cast<std::size_t>(socket);
    if (index >= m_interests.size())
        m_interests.resize(index + 1);
    return m_interests[index];
}

curl_socket_t Pool::Loop::on_open(void* loop, curlsocktype /*purpose*/, curl_sockaddr* address)
{
    const int socket =
        ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (socket >= 0)
        static_cast<Loop*>(loop)->interest(socket) = {.is_connection = true};
    return socket;
}

int Pool::Loop::on_close(void* loop, curl_socket_t socket)
{
    static_cast<Loop*>(loop)->interest(socket) = {}; // epoll forgets it by itself
    return ::close(socket);
}

int Pool::Loop::on_socket(CURL* /*easy*/, curl_socket_t socket, int what, void* loop, void*)
{
    std::uint32_t events = 0;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        events |= EPOLLIN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        events |= EPOLLOUT;
    static_cast<Loop*>(loop)->watch(socket, events);
    return 0;
}

void Pool::Loop::watch(curl_socket_t socket, std::uint32_t events)
{
    Interest& known = interest(socket);
    known.wanted = events;
    if (events == 0) {
        // A connection stays registered, since the next request mostly wants it again; an event
        // that nobody wants takes it out. Of libcurl's own sockets nobody says when they close.
        if (!known.is_connection)
            unregister(socket, known);
        return;
    }
    if (events == known.registered)
        return;
    epoll_event event{};
    event.events = events;
    event.data.fd = socket;
    const int operation = known.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (::epoll_ctl(m_epoll.number(), operation, socket, &event) == 0)
        known.registered = events;
}

void Pool::Loop::unregister(curl_socket_t socket, Interest& interest) const
{
    ::epoll_ctl(m_epoll.number(), EPOLL_CTL_DEL, socket, nullptr);
    interest.registered = 0;
}

int Pool::Loop::on_timer(CURLM* /*multi*/, long milliseconds, void* loop)
{
    auto& timer = static_cast<Loop*>(loop)->m_timer;
    if (milliseconds < 0)
        timer.reset();
    else
        timer = Monotonic::now() + std::chrono::milliseconds(milliseconds);
    return 0;
}

int Pool::Loop::milliseconds_until(std::optional<Monotonic::time_point> end) const
{
    if (m_timer && (!end || *m_timer < *end))
        end = m_timer;
    if (!end)
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*end - Monotonic::now());
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(0, left.count()));
}

/// One look at the sockets and the timer, and what libcurl makes of it.
void Pool::Loop::drive(int longest)
{
    constexpr int most = 256;
    std::array<epoll_event, most> events{};
    int running = 0;
    if (m_timer && *m_timer <= Monotonic::now()) {
        m_timer.reset();
        curl_multi_socket_action(m_multi.get(), CURL_SOCKET_TIMEOUT, 0, &running);
    }
    const int count = ::epoll_wait(m_epoll.number(), events.data(), most, longest);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.fd == m_wake.number()) {
            std::uint64_t value = 0;
            static_cast<void>(::read(m_wake.number(), &value, sizeof value));
            m_woken = true;
            continue;
        }
        if (Interest& known = interest(event.data.fd); known.wanted == 0) {
            unregister(event.data.fd, known); // an idle connection that the far end closes
            continue;
        }
        const int what = ((event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                         ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                         ((event.events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
        curl_multi_socket_action(m_multi.get(), event.data.fd, what, &running);
    }
}

void Pool::Loop::collect(std::vector<Finished>& finished)
{
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(m_multi.get(), &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        const CURLcode code = message->data.result;
        CURL* const easy = message->easy_handle;
        curl_multi_remove_handle(m_multi.get(), easy); // `message` is gone with it
        Slot* slot = nullptr;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
        finished.push_back({slot->ticket, slot->easy.finish(code, slot->exchange)});
        m_idle.push_back(slot);
    }
}

std::vector<Finished> Pool::Loop::wait(std::optional<Millis> longest)
{
    std::optional<Monotonic::time_point> end;
    if (longest)
        end = Monotonic::now() + *longest;
    std::vector<Finished> finished;
    while (true) {
        drive(milliseconds_until(end));
        collect(finished);
        if (!finished.empty() || std::exchange(m_woken, false) || (end && Monotonic::now() >= *end))
            return finished;
    }
}

void Pool::Loop::wake() const
{
    const std::uint64_t one = 1;
    static_cast<void>(::write(m_wake.number(), &one, sizeof one));
}

Pool::Pool(std::string user_agent, Request prototype, Trace trace)
    : m_loop(std::make_unique<Loop>(std::move(user_agent), std::move(prototype), std::move(trace)))
{
}

Pool::~Pool() = default;

void Pool::start(std::int64_t ticket, std::string body)
{
    m_loop->start(ticket, std::move(body));
}

void Pool::start(std::int64_t ticket, Request request)
{
    m_loop->start(ticket, std::move(request));
}

std::size_t Pool::in_flight() const
{
    return m_loop->in_flight();
}

std::vector<Finished> Pool::wait(std::optional<Millis> longest)
{
    return m_loop->wait(longest);
}

void Pool::wake()
{
    m_loop->wake();
}

} // namespace smsctl::http
