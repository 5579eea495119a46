#include "core/child.hpp"

#include "core/cancel.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace smsctl {

namespace {

constexpr int exit_not_found = 127;
constexpr int exit_not_runnable = 126;
constexpr int exit_by_signal = 128;

/// "NAME=value" lines: ours with the changes put in.
std::vector<std::string> environment_with(const EnvironmentChanges& changes)
{
    std::vector<std::string> lines;
    for (char** line = environ; *line != nullptr; ++line) {
        const std::string_view text = *line;
        const std::string_view name = text.substr(0, text.find('='));
        const bool changed = std::any_of(changes.begin(), changes.end(), [&](const auto& change) {
            return change.first == name;
        });
        if (!changed)
            lines.emplace_back(text);
    }
    for (const auto& [name, value] : changes)
        if (value)
            lines.push_back(fmt::format("{}={}", name, *value));
    return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> list;
    list.reserve(texts.size() + 1);
    for (std::string& text : texts)
        list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

/// After fork: only what is safe between fork and exec. Tells errno through `report`.
[[noreturn]] void become(char* const* arguments, char* const* environment, int report, pid_t parent)
{
    Cancel::unblock_in_child();
    ::signal(SIGPIPE, SIG_DFL);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() == parent)
        ::execvpe(arguments[0], arguments, environment);
    const int reason = errno;
    [[maybe_unused]] const ssize_t told = ::write(report, &reason, sizeof reason);
    ::_exit(exit_not_found);
}

Error cannot_run(const std::string& name, int reason)
{
    const bool missing = reason == ENOENT;
    return {static_cast<Exit>(missing ? exit_not_found : exit_not_runnable),
            missing ? "child.not_found" : "child.not_runnable",
            fmt::format("cannot run {}: {}", name, std::generic_category().message(reason))};
}

} // namespace

Child::Child(const std::vector<std::string>& arguments, const EnvironmentChanges& changes)
{
    std::vector<std::string> words = arguments;
    std::vector<std::string> lines = environment_with(changes);
    const std::vector<char*> argv = pointers(words);
    const std::vector<char*> envp = pointers(lines);
    std::array<int, 2> report{};
    if (::pipe2(report.data(), O_CLOEXEC) != 0)
        throw cannot_run(arguments.front(), errno);
    const pid_t parent = ::getpid();
    m_pid = ::fork();
    if (m_pid == 0)
        become(argv.data(), envp.data(), report[1], parent);
    const int fork_error = m_pid < 0 ? errno : 0;
    ::close(report[1]);
    int reason = fork_error;
    if (fork_error == 0 && ::read(report[0], &reason, sizeof reason) > 0)
        wait();
    ::close(report[0]);
    if (reason != 0)
        throw cannot_run(arguments.front(), reason);
}

Child::~Child()
{
    if (m_pid > 0) {
        send(SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }
}

void Child::send(int signal) const
{
    if (m_pid > 0)
        ::kill(m_pid, signal);
}

int Child::wait()
{
    int status = 0;
    while (::waitpid(m_pid, &status, 0) < 0) {
        if (errno != EINTR)
            throw Error(Exit::failed, "child.lost", "the child's status cannot be read");
    }
    m_pid = -1;
    return WIFSIGNALED(status) ? exit_by_signal + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace smsctl
