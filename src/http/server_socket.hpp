#pragma once

// Private to the server: the socket it listens on, wherever that comes from.

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace smsctl::http {

/// A stream socket that listens: on HOST:PORT, on unix:PATH, or inherited as fd:N.
class ListeningSocket {
public:
    /// Throws `usage.addr` (2) when `address` makes no sense or cannot be had.
    explicit ListeningSocket(std::string_view address);
    /// Removes the file of a Unix socket that it made.
    ~ListeningSocket();
    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;

    int family() const { return m_family; } ///< AF_INET, AF_INET6 or AF_UNIX
    /// The descriptor, which the caller is to close.
    int release();
    bool is_loopback() const { return m_is_loopback; }
    std::uint16_t port() const { return m_port; } ///< 0 for a Unix socket
    /// "127.0.0.1:8787", "[::1]:8787", "unix:/run/sms.sock".
    const std::string& address() const { return m_address; }
    /// What stands between scheme and path of a URL: the address, or a Unix socket's path escaped
    /// as clients take it behind "http+unix://".
    std::string authority() const;

private:
    void listen_on(std::string_view host_and_port);
    void listen_at(const std::string& path);
    void inherit(std::string_view number);
    void describe();

    int m_descriptor = -1;
    int m_family = 0;
    bool m_is_loopback = false;
    std::uint16_t m_port = 0;
    std::string m_address;
    std::string m_made_path; ///< of a Unix socket that is ours to remove
    dev_t m_made_device = 0;
    ino_t m_made_inode = 0;
};

} // namespace smsctl::http
