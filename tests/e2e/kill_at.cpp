// Loaded before a real smsctl by LD_PRELOAD: ends the process with SIGKILL just before its Nth call
// that leaves a trace outside of it (a write, a sync, a packet), or makes the disk full from the
// Nth on. Between two such calls a crash cannot be told from the outside, so these are all the
// moments there are.
//
//   SMSCTL_TEST_KILL_AT=N      SIGKILL before call N
//   SMSCTL_TEST_FULL_AT=N      from call N on, writes to files fail with ENOSPC
//   SMSCTL_TEST_COUNT=FILE     how many calls there were, written at the end
//   SMSCTL_TEST_COUNTED=KIND   counts only calls of one kind, which come in the same order in each
//                              run however threads take turns: `sync`, a commit that is written and
//                              about to be synced; `request`, a POST about to leave; `answer`, a
//                              2xx that arrived and that the program has not seen yet; `response`,
//                              a 2xx of its own about to leave
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

std::atomic<long> calls{0};

long number_from(const char* name)
{
    const char* const text = std::getenv(name);
    return text == nullptr ? 0 : std::atol(text);
}

/// Whether calls of this kind count; all do when no kind was asked for.
bool counts(std::string_view kind)
{
    static const char* const counted = std::getenv("SMSCTL_TEST_COUNTED");
    return counted == nullptr || kind == counted;
}

/// Whether only calls of this kind count.
bool is_only(std::string_view kind)
{
    return !counts("") && counts(kind);
}

bool begins(const void* data, std::size_t size, std::string_view with)
{
    return std::string_view(static_cast<const char*>(data), size).substr(0, with.size()) == with;
}

/// Counts a call, and ends everything when it is the one.
long step(std::string_view kind = "other")
{
    static const long kill_at = number_from("SMSCTL_TEST_KILL_AT");
    if (!counts(kind))
        return calls;
    const long now = ++calls;
    if (kill_at != 0 && now >= kill_at)
        ::kill(::getpid(), SIGKILL);
    return now;
}

bool is_full(int fd, long now)
{
    static const long full_at = number_from("SMSCTL_TEST_FULL_AT");
    if (full_at == 0 || now < full_at)
        return false;
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

template <typename Function>
Function* next(const char* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

struct Report {
    ~Report()
    {
        const char* const path = std::getenv("SMSCTL_TEST_COUNT");
        if (path == nullptr)
            return;
        if (std::FILE* const file = std::fopen(path, "w")) {
            std::fprintf(file, "%ld\n", calls.load());
            std::fclose(file);
        }
    }
} report;

} // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size)
{
    static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
    if (is_full(fd, step())) {
        errno = ENOSPC;
        return -1;
    }
    return real(fd, data, size);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset)
{
    static auto* const real = next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
    if (is_full(fd, step())) {
        errno = ENOSPC;
        return -1;
    }
    return real(fd, data, size, offset);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset)
{
    return pwrite64(fd, data, size, offset);
}

int ftruncate64(int fd, off64_t size) noexcept
{
    static auto* const real = next<int(int, off64_t)>("ftruncate64");
    step();
    return real(fd, size);
}

int fdatasync(int fd)
{
    static auto* const real = next<int(int)>("fdatasync");
    step("sync");
    return real(fd);
}

int fsync(int fd)
{
    static auto* const real = next<int(int)>("fsync");
    step("sync");
    return real(fd);
}

int connect(int fd, const sockaddr* address, socklen_t size)
{
    static auto* const real = next<int(int, const sockaddr*, socklen_t)>("connect");
    step();
    return real(fd, address, size);
}

ssize_t send(int fd, const void* data, size_t size, int flags)
{
    static auto* const real = next<ssize_t(int, const void*, size_t, int)>("send");
    step(begins(data, size, "POST ") ? "request" : "other");
    return real(fd, data, size, flags);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags)
{
    static auto* const real = next<ssize_t(int, const msghdr*, int)>("sendmsg");
    const bool is_response =
        message->msg_iovlen > 0 &&
        begins(message->msg_iov[0].iov_base, message->msg_iov[0].iov_len, "HTTP/1.1 2");
    step(is_response ? "response" : "other");
    return real(fd, message, flags);
}

ssize_t recv(int fd, void* data, size_t size, int flags)
{
    static auto* const real = next<ssize_t(int, void*, size_t, int)>("recv");
    step();
    const ssize_t received = real(fd, data, size, flags);
    // Everything is counted before it happens, but what an answer is shows only when it came.
    if (received > 0 && is_only("answer") &&
        begins(data, static_cast<size_t>(received), "HTTP/1.1 2"))
        step("answer");
    return received;
}

ssize_t recvmsg(int fd, msghdr* message, int flags)
{
    static auto* const real = next<ssize_t(int, msghdr*, int)>("recvmsg");
    step();
    return real(fd, message, flags);
}

int unlink(const char* path) noexcept
{
    static auto* const real = next<int(const char*)>("unlink");
    step();
    return real(path);
}

} // extern "C"
