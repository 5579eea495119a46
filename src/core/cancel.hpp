#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace smsctl {

/// SIGINT, SIGTERM and, unless it is ignored, SIGHUP as one stop token while it lives. Make it
/// before other threads, which then inherit the blocked mask; a child process must call
/// `unblock_in_child` between fork and exec. A second signal ends the process at once, as a user
/// who presses ^C twice expects.
class Cancel {
public:
    Cancel();
    ~Cancel();
    Cancel(const Cancel&) = delete;
    Cancel& operator=(const Cancel&) = delete;

    std::stop_token token() const { return m_stop.get_token(); }
    /// The signal that came, 0 for none yet.
    int signal() const { return m_signal; }
    static void unblock_in_child();

    /// While one lives, the first signal ends the process at once, too: for when somebody is asked,
    /// and nothing is under way.
    class AtOnce {
    public:
        /// Without `cancel` signals do so anyway.
        explicit AtOnce(Cancel* cancel) : m_cancel(cancel) { set(true); }
        ~AtOnce() { set(false); }
        AtOnce(const AtOnce&) = delete;
        AtOnce& operator=(const AtOnce&) = delete;

    private:
        void set(bool at_once)
        {
            if (m_cancel != nullptr)
                m_cancel->m_at_once = at_once;
        }
        Cancel* m_cancel;
    };

private:
    void wait_for_signals(const std::stop_token& ended);

    std::stop_source m_stop;
    std::atomic<int> m_signal = 0;
    std::atomic<bool> m_at_once = false;
    sigset_t m_previous{};
    std::jthread m_waiter;
};

} // namespace smsctl
