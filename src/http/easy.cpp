// libcurl 7.88 takes a reused connection that closes without an answer for stale and repeats the
// request by itself, a POST too; for SMS that is a second message. What keeps it from that is the
// call it makes just before the first byte of every start, the repeated ones too: a request other
// than GET or HEAD is stopped there when it starts over. The same call tells for certain whether
// anything was sent at all. (A body from a callback that cannot be rewound stops only repeats that
// have a body to rewind, and costs a packet more for each request.)

#include "http/easy.hpp"

#include "core/crypto.hpp"
#include "core/error.hpp"
#include "http/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace smsctl::http {

namespace {

/// Younger than what load balancers commonly drop without a word.
constexpr long idle_connection_seconds = 20;
constexpr long connection_lifetime_seconds = 120;

/// libcurl would write what it is given: a line break in a value would start a header of its own.
bool is_one_line(std::string_view text)
{
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

} // namespace

bool Easy::is_well_formed(const Request& request)
{
    return is_one_line(request.method) && is_one_line(request.url) &&
           std::all_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
               return is_one_line(header.first) && is_one_line(header.second);
           });
}

void Easy::append(List& list, const std::string& line)
{
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) {
        throw std::bad_alloc();
    }
    static_cast<void>(list.release());
    list.reset(longer);
}

Easy::List Easy::header_list(const Request& request)
{
    List list;
    append(list, "Expect:"); // no pause before the body
    // Made once for a request that is repeated with other bodies; libcurl would make it each time.
    if (!request.auth.user.empty())
        append(list,
               "Authorization: Basic " +
                   crypto::base64(
                       fmt::format("{}:{}", request.auth.user, request.auth.password.reveal())));
    for (const auto& [name, value] : request.headers) {
        append(list, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
    }
    return list;
}

template <typename Value>
void Easy::set(CURLoption option, Value value)
{
    const CURLcode code = curl_easy_setopt(m_easy.get(), option, value);
    if (code != CURLE_OK) {
        throw Error(Exit::failed,
                    "internal.http",
                    fmt::format("libcurl refuses an option: {}", curl_easy_strerror(code)));
    }
}

Easy::Easy(std::string user_agent) : m_user_agent(std::move(user_agent))
{
    static std::once_flag initialised;
    std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    m_easy.reset(curl_easy_init());
    if (!m_easy) {
        throw Error(Exit::failed, "internal.http", "libcurl cannot be started");
    }
}

void Easy::prepare(Exchange& exchange)
{
    const Request& request = exchange.request;
    m_headers = header_list(request);
    curl_easy_reset(m_easy.get()); // keeps the connections
    set_url(request);
    set_policy(request);
    set_method(request);
    set_callbacks(exchange);
    set(CURLOPT_HTTPHEADER, m_headers.get());
    m_details.fill('\0');
}

void Easy::rearm(const Exchange& exchange)
{
    set_body(exchange.request);
    m_details.front() = '\0';
}

void Easy::forget()
{
    curl_easy_reset(m_easy.get());
    m_headers.reset();
}

/// Taken apart once, however often the request is repeated. What libcurl cannot read it refuses by
/// itself, with a reason.
void Easy::set_url(const Request& request)
{
    m_url.reset(curl_url());
    if (m_url && curl_url_set(m_url.get(), CURLUPART_URL, request.url.c_str(), 0) == CURLUE_OK)
        set(CURLOPT_CURLU, m_url.get());
    else
        set(CURLOPT_URL, request.url.c_str());
}

/// What holds for every request: where it may go, for how long, and over which connection.
void Easy::set_policy(const Request& request)
{
    set(CURLOPT_USERAGENT, m_user_agent.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_MAXAGE_CONN, idle_connection_seconds);
    set(CURLOPT_MAXLIFETIME_CONN, connection_lifetime_seconds);
    const bool public_only = request.reachable == Reachable::public_only;
    set(CURLOPT_FRESH_CONNECT, request.fresh_connection || public_only ? 1L : 0L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(request.timeout.count())));
    const auto url = parse_url(request.url);
    if (public_only || (url && url->is_loopback())) {
        set(CURLOPT_PROXY, ""); // a proxy's loopback is another machine
    }
}

void Easy::set_body(const Request& request)
{
    set(CURLOPT_POSTFIELDS, request.body.c_str());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
}

void Easy::set_method(const Request& request)
{
    if (request.method == "POST") {
        set(CURLOPT_POST, 1L);
        set_body(request);
    } else if (request.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else if (request.method != "GET") {
        set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
}

void Easy::set_callbacks(Exchange& exchange)
{
    set(CURLOPT_ERRORBUFFER, m_details.data());
    set(CURLOPT_PREREQFUNCTION, before_request);
    set(CURLOPT_PREREQDATA, &exchange);
    set(CURLOPT_WRITEFUNCTION, take_body);
    set(CURLOPT_WRITEDATA, &exchange);
    set(CURLOPT_HEADERFUNCTION, take_header);
    set(CURLOPT_HEADERDATA, &exchange);
    if (exchange.request.reachable == Reachable::public_only) {
        set(CURLOPT_OPENSOCKETFUNCTION, open_public);
        set(CURLOPT_OPENSOCKETDATA, &exchange);
    }
    if (exchange.trace) {
        set(CURLOPT_VERBOSE, 1L);
        set(CURLOPT_DEBUGFUNCTION, take_debug);
        set(CURLOPT_DEBUGDATA, &exchange);
    }
}

Result Easy::finish(CURLcode code, Exchange& exchange)
{
    const Reached reached = exchange.starts == 0 ? Reached::no : Reached::maybe;
    if (code != CURLE_OK) {
        const bool by_us = !exchange.too_large.empty() ||
                           (reached == Reached::no && !exchange.private_address.empty());
        return TransportError{reached, reason(code, exchange, m_details.data()), by_us};
    }
    if (!exchange.headers_complete) {
        return TransportError{reached, "the connection closed within the answer's headers"};
    }
    if (exchange.trace) {
        exchange.trace(fmt::format("< ({} bytes)", exchange.response.body.size()));
    }
    long status = 0;
    curl_easy_getinfo(m_easy.get(), CURLINFO_RESPONSE_CODE, &status);
    exchange.response.status = static_cast<int>(status);
    return std::move(exchange.response);
}

} // namespace smsctl::http
