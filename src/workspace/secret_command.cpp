#include "workspace/secret_sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" { // glibc 2.36 forgets to say so itself
#include <sys/pidfd.h>
}

namespace smsctl::secrets {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr auto time_limit = std::chrono::seconds(30);
constexpr std::size_t longest_output = std::size_t{64} * 1024;

class Pipe {
public:
    Pipe()
    {
        if (::pipe2(m_ends.data(), O_CLOEXEC) != 0)
            throw unreadable(std::strerror(errno), "try again");
    }
    ~Pipe()
    {
        ::close(m_ends[0]);
        close_writer();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    int reader() const { return m_ends[0]; }
    int writer() const { return m_ends[1]; }
    void close_writer()
    {
        if (m_ends[1] >= 0)
            ::close(m_ends[1]);
        m_ends[1] = -1;
    }

private:
    std::array<int, 2> m_ends{-1, -1};
};

/// A child that is ended and waited for, whatever happens.
class Child {
public:
    explicit Child(pid_t pid) : m_pid(pid), m_descriptor(::pidfd_open(pid, 0)) {}
    ~Child()
    {
        if (m_pid > 0) {
            ::kill(m_pid, SIGKILL);
            wait();
        }
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    int descriptor() const { return m_descriptor; }
    int wait()
    {
        int status = 0;
        while (::waitpid(m_pid, &status, 0) < 0 && errno == EINTR) {
        }
        m_pid = 0;
        return status;
    }

private:
    pid_t m_pid;
    int m_descriptor;
};

/// posix_spawn's settings: stdin empty, stdout the pipe, stderr ours, no signal blocked or ignored.
class Settings {
public:
    explicit Settings(const Pipe& output)
    {
        ::posix_spawn_file_actions_init(&m_files);
        ::posix_spawn_file_actions_addopen(&m_files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&m_files, output.writer(), STDOUT_FILENO);
        ::posix_spawnattr_init(&m_attributes);
        sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&m_attributes, &signals);
        ::sigaddset(&signals, SIGPIPE);
        ::sigaddset(&signals, SIGINT);
        ::sigaddset(&signals, SIGTERM);
        ::posix_spawnattr_setsigdefault(&m_attributes, &signals);
        ::posix_spawnattr_setflags(&m_attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~Settings()
    {
        ::posix_spawn_file_actions_destroy(&m_files);
        ::posix_spawnattr_destroy(&m_attributes);
    }
    Settings(const Settings&) = delete;
    Settings& operator=(const Settings&) = delete;

    const posix_spawn_file_actions_t* files() const { return &m_files; }
    const posix_spawnattr_t* attributes() const { return &m_attributes; }

private:
    posix_spawn_file_actions_t m_files{};
    posix_spawnattr_t m_attributes{};
};

pid_t start(const std::vector<std::string>& words, const Pipe& output)
{
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str())); // execve's signature; it only reads
    arguments.push_back(nullptr);
    const Settings settings(output);
    pid_t pid = 0;
    const int error = ::posix_spawnp(&pid,
                                     arguments.front(),
                                     settings.files(),
                                     settings.attributes(),
                                     arguments.data(),
                                     environ);
    if (error != 0)
        throw unreadable(
            fmt::format("cannot run the command {}: {}", words.front(), std::strerror(error)),
            "check the program's path");
    return pid;
}

/// Waits until `descriptor` has something to say; false at the deadline.
bool wait_for(int descriptor, SteadyTime deadline)
{
    while (true) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            return false;
        pollfd wanted{.fd = descriptor, .events = POLLIN, .revents = 0};
        const int ready = ::poll(&wanted, 1, static_cast<int>(left.count()));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

/// Reads to the end; false at the deadline.
bool read_all(int descriptor, SteadyTime deadline, std::string& text)
{
    // Reserved so that growing leaves no copy of a secret behind.
    text.reserve(longest_output);
    while (text.size() < longest_output) {
        if (!wait_for(descriptor, deadline))
            return false;
        std::array<char, 4096> piece{};
        const ssize_t got =
            ::read(descriptor, piece.data(), std::min(piece.size(), longest_output - text.size()));
        if (got > 0)
            text.append(piece.data(), static_cast<std::size_t>(got));
        ::explicit_bzero(piece.data(), piece.size());
        if (got == 0)
            return true;
        if (got < 0 && errno != EINTR)
            return true;
    }
    return true;
}

} // namespace

Secret run_command(const std::vector<std::string>& words)
{
    const auto deadline = std::chrono::steady_clock::now() + time_limit;
    Pipe output;
    Child child(start(words, output));
    output.close_writer();
    std::string text;
    const bool in_time = read_all(output.reader(), deadline, text);
    Secret secret(std::move(text));
    if (!in_time || !wait_for(child.descriptor(), deadline))
        throw unreadable(fmt::format("the command {} did not end within 30 seconds", words.front()),
                         "run it by hand to see what it waits for");
    const int status = child.wait();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw unreadable(fmt::format("the command {} failed ({})",
                                     words.front(),
                                     WIFEXITED(status)
                                         ? fmt::format("exit {}", WEXITSTATUS(status))
                                         : fmt::format("signal {}", WTERMSIG(status))),
                         "run it by hand to see why");
    return secret;
}

} // namespace smsctl::secrets
