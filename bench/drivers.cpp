#include "bare_loop.hpp"

#include <array>
#include <cstdint>
#include <sys/epoll.h>
#include <unistd.h>

namespace bench {

void run_with_poll(Loop& loop)
{
    constexpr int longest_wait_ms = 1000;
    loop.begin_all();
    while (!loop.is_done()) {
        int running = 0;
        curl_multi_perform(loop.multi(), &running);
        if (!loop.finish_and_refill() && !loop.is_done())
            curl_multi_poll(loop.multi(), nullptr, 0, longest_wait_ms, nullptr);
    }
}

namespace {

struct Epoll {
    CURLM* multi;
    int fd = ::epoll_create1(EPOLL_CLOEXEC);
    long timeout_ms = -1; ///< as libcurl last asked for; -1: none
};

/// `known` is not null for a socket that epoll has already.
int watch_socket(CURL* /*easy*/, curl_socket_t socket, int what, void* user, void* known)
{
    auto& epoll = *static_cast<Epoll*>(user);
    epoll_event event{};
    event.data.fd = socket;
    event.events = ((what & CURL_POLL_IN) != 0 ? std::uint32_t{EPOLLIN} : 0U) |
                   ((what & CURL_POLL_OUT) != 0 ? std::uint32_t{EPOLLOUT} : 0U);
    if (what == CURL_POLL_REMOVE)
        return ::epoll_ctl(epoll.fd, EPOLL_CTL_DEL, socket, nullptr);
    curl_multi_assign(epoll.multi, socket, &epoll);
    return ::epoll_ctl(epoll.fd, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
}

int set_timer(CURLM* /*multi*/, long timeout_ms, void* user)
{
    static_cast<Epoll*>(user)->timeout_ms = timeout_ms;
    return 0;
}

int action_of(std::uint32_t events)
{
    return ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
           ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
           ((events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
}

} // namespace

void run_with_epoll(Loop& loop)
{
    CURLM* const multi = loop.multi();
    Epoll epoll{multi};
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, &epoll);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, &epoll);
    loop.begin_all();
    std::array<epoll_event, 256> events{};
    while (!loop.is_done()) {
        int running = 0;
        const int count = ::epoll_wait(epoll.fd,
                                       events.data(),
                                       static_cast<int>(events.size()),
                                       static_cast<int>(epoll.timeout_ms));
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            curl_multi_socket_action(multi, event.data.fd, action_of(event.events), &running);
        }
        // New transfers start from the timer; some of them end in the same call.
        bool timer_is_due = count == 0 || epoll.timeout_ms == 0;
        while (loop.finish_and_refill() || timer_is_due) {
            epoll.timeout_ms = -1;
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
            timer_is_due = epoll.timeout_ms == 0;
        }
    }
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, nullptr);
    ::close(epoll.fd);
}

} // namespace bench
