#pragma once

// Private to the clients: one request on its way through libcurl's callbacks.

#include "http/client.hpp"

#include <curl/curl.h>

namespace smsctl::http {

/// What the callbacks of one request share.
struct Exchange {
    Exchange(const Request& asked, const Trace& watcher)
        : request(asked), trace(watcher), repeatable(is_repeatable(asked))
    {
    }

    static bool is_repeatable(const Request& asked)
    {
        return asked.method == "GET" || asked.method == "HEAD";
    }

    /// Once more, with what `request` is now.
    void restart()
    {
        repeatable = is_repeatable(request);
        starts = 0;
        response = {};
        headers_complete = false;
        header_bytes = 0;
        too_large.clear();
        private_address.clear();
        header_out.clear();
    }

    const Request& request;
    const Trace& trace;
    bool repeatable;
    int starts = 0; ///< how often libcurl came to the point of writing the request
    Response response;
    bool headers_complete = false;
    std::size_t header_bytes = 0;
    std::string too_large;       ///< why the answer was refused
    std::string private_address; ///< the one that it must not go to
    std::string header_out;      ///< of the request, for the trace, not yet a whole line
};

// What libcurl calls; `user` is an Exchange.
int before_request(void* user, char* to, char* from, int to_port, int from_port);
std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* user);
std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* user);
curl_socket_t open_public(void* user, curlsocktype purpose, curl_sockaddr* address);
int take_debug(CURL* easy, curl_infotype type, char* bytes, std::size_t count, void* user);

/// One clause on why no whole answer came; `details` is libcurl's error buffer.
std::string reason(CURLcode code, const Exchange& exchange, const char* details);

} // namespace smsctl::http
