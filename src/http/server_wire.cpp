#include "http/server_wire.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace smsctl::http {

namespace {

namespace net = boost::asio;
namespace wire = boost::beast::http;

constexpr int internal_error = 500;

bool breaks_framing(const ServerResponse& response)
{
    constexpr std::string_view line_ends("\r\n\0", 3);
    const auto bad = [&](const auto& header) {
        return header.first.empty() || header.first.find_first_of(line_ends) != std::string::npos ||
               header.second.find_first_of(line_ends) != std::string::npos;
    };
    return response.status < 200 || response.status > 999 ||
           std::any_of(response.headers.begin(), response.headers.end(), bad);
}

/// The connection and its framing are the server's; a handler may only ask for the end.
bool is_framing(std::string_view name)
{
    return text::equal_ignoring_case(name, "connection") ||
           text::equal_ignoring_case(name, "content-length") ||
           text::equal_ignoring_case(name, "transfer-encoding");
}

} // namespace

net::ip::tcp::endpoint listen_endpoint(std::string_view address)
{
    const auto refuse = [&] {
        return usage_error("usage.addr",
                           fmt::format("'{}' is not an address to listen on", address),
                           "write HOST:PORT, as in 127.0.0.1:8787 or [::1]:8787");
    };
    const auto colon = address.rfind(':');
    if (colon == std::string_view::npos) {
        throw refuse();
    }
    std::string_view host = address.substr(0, colon);
    const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (brackets) {
        host = host.substr(1, host.size() - 2);
    } else if (host == "localhost") {
        host = "127.0.0.1";
    }
    const auto port = text::to_integer(address.substr(colon + 1));
    boost::system::error_code ec;
    const auto ip = net::ip::make_address(std::string(host), ec);
    if (ec || ip.is_v6() != brackets || !port || *port < 0 || *port > UINT16_MAX) {
        throw refuse();
    }
    return {ip, static_cast<std::uint16_t>(*port)};
}

std::optional<net::ip::address> ip_address(const net::generic::stream_protocol::endpoint& peer)
{
    const int family = peer.data()->sa_family;
    if (family == AF_UNIX) {
        return std::nullopt;
    }
    net::ip::tcp::endpoint endpoint; // unspecified
    if (family == AF_INET || family == AF_INET6) {
        endpoint.resize(peer.size());
        std::memcpy(endpoint.data(), peer.data(), peer.size());
    }
    return endpoint.address();
}

std::string plain_address(const net::ip::address& address)
{
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6()).to_string();
    }
    return address.to_string();
}

std::string share_of(const net::ip::address& address)
{
    if (!address.is_v6() || address.to_v6().is_v4_mapped()) {
        return plain_address(address);
    }
    const auto bytes = address.to_v6().to_bytes();
    return {bytes.begin(), bytes.begin() + bytes.size() / 2};
}

ServerRequest from_wire(WireRequest message, std::string peer_address)
{
    ServerRequest request;
    request.method = message.method_string().to_string();
    request.target = message.target().to_string();
    for (const auto& field : message) {
        request.headers.emplace_back(field.name_string().to_string(), field.value().to_string());
    }
    request.body = std::move(message.body());
    request.peer_address = std::move(peer_address);
    return request;
}

WireResponse to_wire(ServerResponse response, unsigned version, bool keep_alive)
{
    if (breaks_framing(response)) {
        response = ServerResponse();
        response.status = internal_error;
    }
    WireResponse message;
    message.version(version);
    message.result(static_cast<unsigned>(response.status));
    for (const auto& [name, value] : response.headers) {
        if (!is_framing(name)) {
            message.insert(name, value);
        }
    }
    keep_alive =
        keep_alive && !text::equal_ignoring_case(header(response.headers, "connection"), "close");
    message.keep_alive(keep_alive);
    if (response.status != 204 && response.status != 304) {
        message.body() = std::move(response.body);
        message.content_length(message.body().size());
    }
    return message;
}

bool awaits_continue(const WireRequest& message)
{
    const auto expect = message[wire::field::expect];
    return text::equal_ignoring_case(std::string_view(expect.data(), expect.size()),
                                     "100-continue");
}

std::optional<int> refusal_status(const boost::system::error_code& failure)
{
    constexpr int bad_request = 400;
    constexpr int too_large = 413;
    constexpr int header_too_large = 431;
    if (failure == wire::error::body_limit) {
        return too_large;
    }
    if (failure == wire::error::header_limit || failure == wire::error::buffer_overflow) {
        return header_too_large;
    }
    if (failure.category() != wire::make_error_code(wire::error::end_of_stream).category() ||
        failure == wire::error::end_of_stream || failure == wire::error::partial_message) {
        return std::nullopt;
    }
    return bad_request;
}

} // namespace smsctl::http
