#include "commands/no_echo.hpp"

#include <cerrno>
#include <termios.h>
#include <unistd.h>

namespace smsctl {

namespace {

constexpr std::array awaited{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

// What a signal handler may look at: set before the handlers stand.
termios terminal_before;
termios terminal_quiet;

/// Only calls that are safe in a handler (signal-safety(7)).
void give_echo_back(int signal)
{
    const int error = errno;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    struct sigaction ours {};
    ::sigaction(signal, &usual, &ours);
    sigset_t itself;
    sigset_t previous;
    sigemptyset(&itself);
    sigaddset(&itself, signal);
    ::raise(signal);
    ::pthread_sigmask(SIG_UNBLOCK, &itself, &previous); // the default acts here
    // Only a stop comes back, when the shell goes on.
    ::pthread_sigmask(SIG_SETMASK, &previous, nullptr);
    ::sigaction(signal, &ours, nullptr);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &terminal_quiet);
    errno = error;
}

} // namespace

NoEcho::NoEcho()
{
    static_assert(awaited.size() == signal_count);
    if (::tcgetattr(STDIN_FILENO, &terminal_before) != 0)
        return;
    terminal_quiet = terminal_before;
    terminal_quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    struct sigaction action {};
    action.sa_handler = give_echo_back;
    action.sa_flags = SA_RESTART; // a stop and a continue do not end the reading
    for (std::size_t i = 0; i < awaited.size(); ++i) {
        ::sigaction(awaited[i], nullptr, &m_previous[i]);
        if (m_previous[i].sa_handler == SIG_DFL) // nohup's SIG_IGN stays
            ::sigaction(awaited[i], &action, nullptr);
    }
    m_changed = true;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_quiet);
}

NoEcho::~NoEcho()
{
    if (!m_changed)
        return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_before);
    for (std::size_t i = 0; i < awaited.size(); ++i)
        ::sigaction(awaited[i], &m_previous[i], nullptr);
}

} // namespace smsctl
