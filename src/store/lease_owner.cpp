// Who holds a lease: host, boot, pid namespace, pid and start time, with '/' between them. Only
// when all but the last two are ours can a pid that is gone, or was given out again, prove death.
#include "core/text.hpp"
#include "store/outbox.hpp"

#include <climits>
#include <fmt/format.h>

#include <array>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace smsctl::store {

namespace {

std::string read_text(const std::string& path)
{
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Where a pid means something: this host, this boot, this pid namespace.
std::string here()
{
    std::array<char, HOST_NAME_MAX + 1> host{};
    ::gethostname(host.data(), host.size() - 1);
    std::array<char, 64> space{}; // "pid:[4026531836]"
    const ssize_t size = ::readlink("/proc/self/ns/pid", space.data(), space.size());
    const std::string boot = read_text("/proc/sys/kernel/random/boot_id");
    return fmt::format(
        "{}/{}/{}",
        host.data(),
        text::trim(boot),
        std::string_view(space.data(), size > 0 ? static_cast<std::size_t>(size) : 0));
}

/// Clock ticks after boot at which `pid` began; empty when there is no such process. proc(5): the
/// 22nd field; the second is the program's name in parentheses, which may hold anything.
std::string start_time(std::string_view pid)
{
    constexpr std::size_t fields_after_name = 20;
    const std::string stat = read_text(fmt::format("/proc/{}/stat", pid));
    const auto name_end = stat.rfind(") ");
    if (name_end == std::string::npos)
        return {};
    const auto fields = text::split(std::string_view(stat).substr(name_end + 2), ' ');
    // A zombie holds its pid, but will never settle what it began.
    const bool ended = fields.front() == "Z" || fields.front() == "X";
    return ended || fields.size() < fields_after_name ? std::string()
                                                      : std::string(fields[fields_after_name - 1]);
}

} // namespace

std::string this_process()
{
    const std::string pid = std::to_string(::getpid());
    return fmt::format("{}/{}/{}", here(), pid, start_time(pid));
}

bool may_be_alive(std::string_view owner)
{
    const auto start_slash = owner.rfind('/');
    const auto pid_slash =
        start_slash == std::string_view::npos ? start_slash : owner.rfind('/', start_slash - 1);
    if (pid_slash == std::string_view::npos || owner.substr(0, pid_slash) != here())
        return true;
    const std::string_view pid = owner.substr(pid_slash + 1, start_slash - pid_slash - 1);
    if (!text::to_integer(pid))
        return true;
    return start_time(pid) == owner.substr(start_slash + 1);
}

} // namespace smsctl::store
