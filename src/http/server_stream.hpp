#pragma once

// Private to the server: one client's byte stream, with TLS around it or without.

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include <optional>
#include <utility>

namespace smsctl::http {

/// What Asio and Beast read from and write to. A TLS stream ends without a close notification:
/// every message here has a length, so that none can be cut unseen.
class ServerStream {
public:
    using Plain = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;
    using Tls = boost::asio::ssl::stream<Plain&>;
    using executor_type = Plain::executor_type;

    ServerStream(Plain::socket_type socket, boost::asio::ssl::context* tls)
        : m_plain(std::move(socket))
    {
        if (tls != nullptr)
            m_tls.emplace(m_plain, *tls);
    }

    executor_type get_executor() { return m_plain.get_executor(); }
    Plain::socket_type& socket() { return m_plain.socket(); }
    Tls* tls() { return m_tls ? &*m_tls : nullptr; }
    void close() { m_plain.close(); }
    template <typename Duration>
    void expires_after(Duration length)
    {
        m_plain.expires_after(length);
    }

    template <typename Buffers, typename Token>
    auto async_read_some(const Buffers& buffers, Token&& token)
    {
        return m_tls ? m_tls->async_read_some(buffers, std::forward<Token>(token))
                     : m_plain.async_read_some(buffers, std::forward<Token>(token));
    }
    template <typename Buffers, typename Token>
    auto async_write_some(const Buffers& buffers, Token&& token)
    {
        return m_tls ? m_tls->async_write_some(buffers, std::forward<Token>(token))
                     : m_plain.async_write_some(buffers, std::forward<Token>(token));
    }

private:
    Plain m_plain;
    std::optional<Tls> m_tls;
};

} // namespace smsctl::http
