#include "http/server_socket.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "http/form.hpp"
#include "http/server_wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <limits>
#include <optional>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace smsctl::http {

namespace {

constexpr mode_t only_ours = 0600;
constexpr int first_passed = 3; ///< sd_listen_fds(3): SD_LISTEN_FDS_START

std::string reason(int error)
{
    return std::generic_category().message(error);
}

Error cannot_listen(std::string_view address, const std::string& why, const std::string& hint)
{
    return usage_error("usage.addr", fmt::format("cannot listen on {}: {}", address, why), hint);
}

sockaddr_un unix_address(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path ||
        path.find('\0') != std::string::npos)
        throw cannot_listen("unix:" + path,
                            path.empty() ? "there is no path"
                                         : "the path of a socket has at most 107 bytes",
                            "for example --addr unix:/run/user/1000/sms.sock");
    std::copy(path.begin(), path.end(), std::begin(address.sun_path));
    return address;
}

const sockaddr* plain(const sockaddr_un& address)
{
    return reinterpret_cast<const sockaddr*>(&address);
}

/// Keeps others from the sockets of a folder, so that of two who find a dead one just one takes its
/// place.
class FolderLock {
public:
    explicit FolderLock(const std::filesystem::path& folder)
        : m_descriptor(
              ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    {
        if (m_descriptor >= 0)
            ::flock(m_descriptor, LOCK_EX);
    }
    ~FolderLock()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int m_descriptor;
};

/// Removes a socket that nobody listens on any more; throws for whatever else is there.
void clear_the_way(const std::string& path, const sockaddr_un& address)
{
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0)
        return; // nothing there, or bind says what is wrong
    if (!S_ISSOCK(found.st_mode))
        throw cannot_listen(
            "unix:" + path, "there is a file that is no socket", "choose another path");
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const bool is_dead =
        ::connect(probe, plain(address), sizeof address) != 0 && errno == ECONNREFUSED;
    ::close(probe);
    if (!is_dead)
        throw cannot_listen(
            "unix:" + path, "somebody listens there", "choose another path, or end that listener");
    ::unlink(path.c_str());
}

/// An option of a descriptor that should be a socket; -1 where it is none.
int socket_option(int descriptor, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

/// What systemd says it passed to this process; nothing when it says nothing.
std::optional<long long> passed_count()
{
    const char* const pid = std::getenv("LISTEN_PID");
    const char* const count = std::getenv("LISTEN_FDS");
    if (pid == nullptr || count == nullptr || text::to_integer(pid) != ::getpid())
        return std::nullopt;
    return text::to_integer(count);
}

} // namespace

ListeningSocket::ListeningSocket(std::string_view address)
{
    constexpr std::string_view unix_prefix = "unix:";
    constexpr std::string_view fd_prefix = "fd:";
    try {
        if (address.starts_with(unix_prefix))
            listen_at(std::string(address.substr(unix_prefix.size())));
        else if (address.starts_with(fd_prefix))
            inherit(address.substr(fd_prefix.size()));
        else
            listen_on(address);
        describe();
    } catch (...) {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
        throw;
    }
}

ListeningSocket::~ListeningSocket()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
    if (m_made_path.empty())
        return;
    const FolderLock lock(std::filesystem::path(m_made_path).parent_path());
    struct stat found {};
    if (::lstat(m_made_path.c_str(), &found) == 0 && found.st_dev == m_made_device &&
        found.st_ino == m_made_inode)
        ::unlink(m_made_path.c_str());
}

int ListeningSocket::release()
{
    return std::exchange(m_descriptor, -1);
}

std::string ListeningSocket::authority() const
{
    return m_family == AF_UNIX ? encode_component(m_address.substr(m_address.find(':') + 1))
                               : m_address;
}

void ListeningSocket::listen_on(std::string_view host_and_port)
{
    const auto endpoint = listen_endpoint(host_and_port);
    const auto must = [&](int result) {
        if (result < 0)
            throw cannot_listen(
                host_and_port, reason(errno), "choose another port, or port 0 for any free one");
    };
    m_descriptor = ::socket(endpoint.data()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(m_descriptor);
    const int on = 1;
    must(::setsockopt(m_descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
    must(::bind(m_descriptor, endpoint.data(), static_cast<socklen_t>(endpoint.size())));
    must(::listen(m_descriptor, SOMAXCONN));
}

void ListeningSocket::listen_at(const std::string& path)
{
    const sockaddr_un address = unix_address(path);
    const FolderLock lock(std::filesystem::path(path).parent_path());
    clear_the_way(path, address);
    m_descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // Linux gives the file the mode of the socket: nobody else can connect, not even for a moment.
    struct stat made {};
    if (m_descriptor < 0 || ::fchmod(m_descriptor, only_ours) != 0 ||
        ::bind(m_descriptor, plain(address), sizeof address) != 0 ||
        ::listen(m_descriptor, SOMAXCONN) != 0 || ::lstat(path.c_str(), &made) != 0)
        throw cannot_listen("unix:" + path, reason(errno), "the folder must exist and be writable");
    m_made_path = path;
    m_made_device = made.st_dev;
    m_made_inode = made.st_ino;
}

void ListeningSocket::inherit(std::string_view number)
{
    const auto descriptor = text::to_integer(number);
    const std::string name = fmt::format("fd:{}", number);
    const auto count = passed_count();
    if (descriptor && count && (*descriptor < first_passed || *descriptor >= first_passed + *count))
        throw cannot_listen(
            name,
            fmt::format("systemd passed {} sockets, which begin with fd:{}", *count, first_passed),
            "one listen takes one socket: --addr fd:3");
    const bool is_number =
        descriptor && *descriptor >= 0 && *descriptor <= std::numeric_limits<int>::max();
    const int candidate = is_number ? static_cast<int>(*descriptor) : -1;
    if (socket_option(candidate, SO_ACCEPTCONN) != 1 ||
        socket_option(candidate, SO_TYPE) != SOCK_STREAM)
        throw cannot_listen(name,
                            "that is no socket that listens",
                            "systemd-socket-activate -l 127.0.0.1:8787 smsctl listen --addr fd:3");
    m_descriptor = candidate;
    ::fcntl(candidate, F_SETFD, FD_CLOEXEC); // our children have no use for it
}

void ListeningSocket::describe()
{
    sockaddr_storage local{};
    socklen_t size = sizeof local;
    ::getsockname(m_descriptor, reinterpret_cast<sockaddr*>(&local), &size);
    m_family = local.ss_family;
    if (m_family == AF_UNIX) {
        sockaddr_un address{};
        std::memcpy(&address, &local, sizeof address);
        m_is_loopback = true;
        m_address = fmt::format("unix:{}", address.sun_path);
        return;
    }
    if (m_family != AF_INET && m_family != AF_INET6)
        throw cannot_listen(
            "the inherited socket", "it is neither TCP nor Unix", "--addr 127.0.0.1:8787");
    boost::asio::ip::tcp::endpoint endpoint;
    endpoint.resize(size);
    std::memcpy(endpoint.data(), &local, size);
    m_is_loopback = endpoint.address().is_loopback();
    m_port = endpoint.port();
    const std::string host = endpoint.address().to_string();
    m_address = endpoint.address().is_v6() ? fmt::format("[{}]:{}", host, m_port)
                                           : fmt::format("{}:{}", host, m_port);
}

} // namespace smsctl::http
