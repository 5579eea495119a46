// Who holds a lease: host, boot, pid namespace, pid and start time, with '/' between them. On this
// host and boot, in this pid namespace, the system says whether the owner lives. Another boot of
// this host took all its processes with it. Of others nothing is known.
#include "core/text.hpp"
#include "store/outbox.hpp"

#include <climits>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <limits>
#include <sstream>
#include <unistd.h>

namespace smsctl::store {

namespace {

/// Empty, too, where reading fails, as when a process ends between being opened and being read.
std::string read_text(const std::string& path)
{
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string host()
{
    std::array<char, HOST_NAME_MAX + 1> name{};
    ::gethostname(name.data(), name.size() - 1);
    return name.data();
}

std::string boot()
{
    return std::string(text::trim(read_text("/proc/sys/kernel/random/boot_id")));
}

/// "pid:[4026531836]"
std::string pid_namespace()
{
    std::array<char, 64> space{};
    const ssize_t size = ::readlink("/proc/self/ns/pid", space.data(), space.size());
    return {space.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

/// What proc(5) says of a process: the 3rd field is its state, the 22nd the clock ticks after boot
/// at which it began; the second is the program's name in parentheses, which may hold anything.
struct Process {
    std::string state; ///< empty: nothing could be read
    std::string began;
};

Process process(std::string_view pid)
{
    constexpr std::size_t began_after_name = 19;
    const std::string stat = read_text(fmt::format("/proc/{}/stat", pid));
    const auto name_end = stat.rfind(") ");
    if (name_end == std::string::npos)
        return {};
    const auto fields = text::split(std::string_view(stat).substr(name_end + 2), ' ');
    if (fields.size() <= began_after_name)
        return {};
    return {std::string(fields.front()), std::string(fields[began_after_name])};
}

Liveness liveness_of(long long pid, std::string_view began)
{
    const Process found = process(std::to_string(pid));
    if (found.state.empty()) {
        // It has ended, or we may not look at it, or have no descriptor left to look with.
        const bool gone = ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
        return gone ? Liveness::gone : Liveness::unknown;
    }
    // A zombie holds its pid, but will never settle what it began.
    const bool ended = found.state == "Z" || found.state == "X";
    return !ended && found.began == began ? Liveness::alive : Liveness::gone;
}

} // namespace

std::string this_process()
{
    const std::string pid = std::to_string(::getpid());
    return fmt::format("{}/{}/{}/{}/{}", host(), boot(), pid_namespace(), pid, process(pid).began);
}

Liveness liveness(std::string_view owner)
{
    constexpr std::size_t parts_of_an_owner = 5;
    const auto parts = text::split(owner, '/');
    if (parts.size() != parts_of_an_owner || parts[0] != host() || parts[1].empty())
        return Liveness::unknown;
    const std::string this_boot = boot();
    if (this_boot.empty())
        return Liveness::unknown;
    if (parts[1] != this_boot)
        return Liveness::gone;
    const auto pid = text::to_integer(parts[3]);
    const bool is_pid = pid && *pid > 0 && *pid <= std::numeric_limits<pid_t>::max();
    if (parts[2] != pid_namespace() || !is_pid || parts[4].empty())
        return Liveness::unknown;
    return liveness_of(*pid, parts[4]);
}

bool holds(std::string_view owner, Instant until, Instant now)
{
    const Liveness state = liveness(owner);
    return state == Liveness::alive || (state == Liveness::unknown && until > now);
}

} // namespace smsctl::store
