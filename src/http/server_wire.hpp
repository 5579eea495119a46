#pragma once

// Private to the server: what Beast calls a request, an answer and a failure, and what we do.

#include "http/server.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>

namespace smsctl::http {

using WireRequest = boost::beast::http::request<boost::beast::http::string_body>;
using WireResponse = boost::beast::http::response<boost::beast::http::string_body>;
using RequestParser = boost::beast::http::request_parser<boost::beast::http::string_body>;
using WireSerializer = boost::beast::http::response_serializer<boost::beast::http::string_body>;

/// HOST:PORT, where HOST is a literal address or "localhost". Throws `usage.addr`.
boost::asio::ip::tcp::endpoint listen_endpoint(std::string_view address);
/// Nothing for a Unix socket's; the unspecified address for a peer that is gone already, who must
/// not be taken for one of this machine.
std::optional<boost::asio::ip::address>
ip_address(const boost::asio::generic::stream_protocol::endpoint& peer);
/// "127.0.0.1" or "::1"; an IPv4 address that came through an IPv6 socket as IPv4.
std::string plain_address(const boost::asio::ip::address& address);

/// Whose share of the connections a client's are: its address, or the network that an IPv6 client
/// can take its addresses from (64 bits, RFC 4291).
std::string share_of(const boost::asio::ip::address& address);

ServerRequest from_wire(WireRequest message, std::string peer_address);
/// Always with a Content-Length, but for statuses that have no body. A response that would break
/// the framing (a line break in a header, a status that is none) becomes 500.
WireResponse to_wire(ServerResponse response, unsigned version, bool keep_alive);

/// Whether the client sends its body only once told to.
bool awaits_continue(const WireRequest& message);
/// The status for a request that could not be read; nothing where no answer is due.
std::optional<int> refusal_status(const boost::system::error_code& failure);

} // namespace smsctl::http
