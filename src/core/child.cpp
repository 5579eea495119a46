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
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

extern "C" { // glibc 2.36 forgets to say so itself
#include <sys/pidfd.h>
}

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

/// A file without a name that holds `text`, to be read from its beginning.
int file_with(const std::string& text)
{
    const int file = ::memfd_create("input", MFD_CLOEXEC);
    std::size_t written = 0;
    while (file >= 0 && written < text.size()) {
        const ssize_t count = ::write(file, text.data() + written, text.size() - written);
        if (count < 0 && errno != EINTR)
            break;
        written += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    if (file < 0 || written < text.size() || ::lseek(file, 0, SEEK_SET) != 0) {
        const int reason = errno;
        if (file >= 0)
            ::close(file);
        throw Error(Exit::failed,
                    "child.input",
                    fmt::format("cannot hand a program its input: {}",
                                std::generic_category().message(reason)));
    }
    return file;
}

struct Plan {
    char* const* arguments;
    char* const* environment;
    Kinship kinship;
    int input; ///< -1: ours
    int report;
    pid_t parent;
};

/// After fork: only what is safe between fork and exec. Tells errno through `report`.
[[noreturn]] void become(const Plan& plan)
{
    Cancel::unblock_in_child();
    ::signal(SIGPIPE, SIG_DFL);
    bool is_ready = plan.input < 0 || ::dup2(plan.input, STDIN_FILENO) >= 0;
    if (plan.kinship == Kinship::apart) {
        is_ready = is_ready && ::setpgid(0, 0) == 0 && ::dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;
        ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    } else {
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        is_ready = is_ready && ::getppid() == plan.parent;
    }
    if (is_ready)
        ::execvpe(plan.arguments[0], plan.arguments, plan.environment);
    const int reason = errno;
    [[maybe_unused]] const ssize_t told = ::write(plan.report, &reason, sizeof reason);
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

Child::Child(const std::vector<std::string>& arguments,
             const EnvironmentChanges& changes,
             Kinship kinship,
             const std::optional<std::string>& input)
    : m_kinship(kinship)
{
    std::vector<std::string> words = arguments;
    std::vector<std::string> lines = environment_with(changes);
    const std::vector<char*> argv = pointers(words);
    const std::vector<char*> envp = pointers(lines);
    const int input_file = input ? file_with(*input) : -1;
    std::array<int, 2> report{};
    if (::pipe2(report.data(), O_CLOEXEC) != 0) {
        const int reason = errno;
        if (input_file >= 0)
            ::close(input_file);
        throw cannot_run(arguments.front(), reason);
    }
    const Plan plan{argv.data(), envp.data(), kinship, input_file, report[1], ::getpid()};
    m_pid = ::fork();
    if (m_pid == 0)
        become(plan);
    const int fork_error = m_pid < 0 ? errno : 0;
    ::close(report[1]);
    if (input_file >= 0)
        ::close(input_file);
    int reason = fork_error;
    if (fork_error == 0 && ::read(report[0], &reason, sizeof reason) > 0)
        wait();
    ::close(report[0]);
    if (reason != 0)
        throw cannot_run(arguments.front(), reason);
    m_descriptor = ::pidfd_open(m_pid, 0);
}

Child::~Child()
{
    if (m_pid > 0) {
        send(SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

void Child::send(int signal) const
{
    if (m_pid > 0)
        ::kill(m_kinship == Kinship::apart ? -m_pid : m_pid, signal);
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
