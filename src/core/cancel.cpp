#include "core/cancel.hpp"

#include <csignal>
#include <pthread.h>
#include <unistd.h>

namespace smsctl {

namespace {

sigset_t awaited_signals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    struct sigaction hang_up {};
    if (::sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN)
        sigaddset(&set, SIGHUP); // not under nohup
    return set;
}

} // namespace

Cancel::Cancel()
{
    const sigset_t set = awaited_signals();
    pthread_sigmask(SIG_BLOCK, &set, &m_previous);
    m_waiter = std::jthread([this](const std::stop_token& ended) { wait_for_signals(ended); });
}

Cancel::~Cancel()
{
    m_waiter.request_stop();
    // To this thread alone, and only to wake it: no command should wait for a tick to pass.
    // It is blocked there and taken by sigtimedwait, so it ends nothing.
    pthread_kill(m_waiter.native_handle(), SIGTERM); // NOLINT(bugprone-bad-signal-to-kill-thread)
    m_waiter.join();
    pthread_sigmask(SIG_SETMASK, &m_previous, nullptr);
}

void Cancel::wait_for_signals(const std::stop_token& ended)
{
    const sigset_t set = awaited_signals();
    while (!ended.stop_requested()) {
        const int caught = sigwaitinfo(&set, nullptr);
        if (caught < 0 || ended.stop_requested())
            continue;
        if (m_signal != 0 || m_at_once)
            _exit(128 + caught);
        m_signal = caught;
        m_stop.request_stop();
    }
}

void Cancel::unblock_in_child()
{
    const sigset_t set = awaited_signals();
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

} // namespace smsctl
