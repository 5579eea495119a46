#include "http/client_exchange.hpp"

#include "core/text.hpp"
#include "http/address.hpp"

#include <fmt/format.h>

#include <sys/socket.h>

namespace smsctl::http {

namespace {

/// All header lines of one answer together.
constexpr std::size_t max_header_bytes = std::size_t{256} << 10U;

bool is_secret(std::string_view name)
{
    return text::equal_ignoring_case(name, "authorization") ||
           text::equal_ignoring_case(name, "proxy-authorization") ||
           text::equal_ignoring_case(name, "cookie") ||
           text::equal_ignoring_case(name, "set-cookie");
}

void trace_header(const Trace& trace, char direction, std::string_view line)
{
    const auto colon = line.find(':');
    if (line.empty()) {
        return;
    }
    if (colon != std::string_view::npos && is_secret(line.substr(0, colon))) {
        trace(fmt::format("{} {}: ***", direction, line.substr(0, colon)));
    } else {
        trace(fmt::format("{} {}", direction, line));
    }
}

} // namespace

int before_request(void* user, char* /*to*/, char* /*from*/, int /*to_port*/, int /*from_port*/)
{
    auto& exchange = *static_cast<Exchange*>(user);
    ++exchange.starts;
    return exchange.starts > 1 && !exchange.repeatable ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/// Asked for every connection, with the address that it is about to be made to: whatever a name
/// resolves to, and however often that changes.
curl_socket_t open_public(void* user, curlsocktype /*purpose*/, curl_sockaddr* address)
{
    if (!is_public(address->addr)) {
        static_cast<Exchange*>(user)->private_address = text_of(address->addr);
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t take_body(char* bytes, std::size_t /*size*/, std::size_t count, void* user)
{
    auto& exchange = *static_cast<Exchange*>(user);
    if (exchange.response.body.size() + count > exchange.request.max_answer) {
        exchange.too_large =
            fmt::format("the answer is larger than {} bytes", exchange.request.max_answer);
        return 0;
    }
    exchange.response.body.append(bytes, count);
    return count;
}

std::size_t take_header(char* bytes, std::size_t /*size*/, std::size_t count, void* user)
{
    auto& exchange = *static_cast<Exchange*>(user);
    exchange.header_bytes += count;
    if (exchange.header_bytes > max_header_bytes) {
        exchange.too_large = fmt::format("the answer's headers exceed {} bytes", max_header_bytes);
        return 0;
    }
    const std::string_view line = text::trim(std::string_view(bytes, count));
    if (exchange.trace) {
        trace_header(exchange.trace,
                     '<',
                     line.starts_with("HTTP/") && line.find(' ') < line.size()
                         ? line.substr(line.find(' ') + 1)
                         : line);
    }
    if (line.starts_with("HTTP/")) { // also after "100 Continue"
        exchange.response.headers.clear();
        exchange.headers_complete = false;
    } else if (line.empty()) {
        exchange.headers_complete = true;
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        exchange.response.headers.emplace_back(text::trim(line.substr(0, colon)),
                                               text::trim(line.substr(colon + 1)));
    }
    return count;
}

/// Only whole lines are handed out, so that a credential cut in two cannot slip past the mask.
int take_debug(CURL* /*easy*/, curl_infotype type, char* bytes, std::size_t count, void* user)
{
    auto& exchange = *static_cast<Exchange*>(user);
    if (type != CURLINFO_HEADER_OUT) {
        return 0;
    }
    exchange.header_out.append(bytes, count);
    for (auto end = exchange.header_out.find('\n'); end != std::string::npos;
         end = exchange.header_out.find('\n')) {
        const std::string_view line =
            text::trim(std::string_view(exchange.header_out).substr(0, end));
        if (!line.empty()) {
            trace_header(exchange.trace, '>', line);
        } else if (exchange.request.method == "POST") {
            exchange.trace(fmt::format("> ({} bytes)", exchange.request.body.size()));
        }
        exchange.header_out.erase(0, end + 1);
    }
    return 0;
}

std::string reason(CURLcode code, const Exchange& exchange, const char* details)
{
    if (!exchange.too_large.empty()) {
        return exchange.too_large;
    }
    if (exchange.starts == 0 && !exchange.private_address.empty()) {
        return fmt::format("its address {} is not public", exchange.private_address);
    }
    if (exchange.starts > 1 && !exchange.repeatable) {
        return "the connection closed without an answer";
    }
    const std::string_view words = text::trim(details);
    return words.empty() ? curl_easy_strerror(code) : std::string(words);
}

} // namespace smsctl::http
