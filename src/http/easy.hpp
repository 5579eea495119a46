#pragma once

// Private to the clients: one easy handle and the policy that every request follows.

#include "http/client.hpp"
#include "http/client_exchange.hpp"

#include <curl/curl.h>

#include <array>
#include <memory>
#include <string>

namespace smsctl::http {

/// An easy handle set up for one request at a time. Connections outlive each request.
class Easy {
public:
    explicit Easy(std::string user_agent);

    CURL* get() const { return m_easy.get(); }
    /// Sets everything `exchange.request` asks for; both must live until `finish` or `forget`.
    void prepare(Exchange& exchange);
    /// Takes the same request again with another body of `exchange.request`.
    void rearm(const Exchange& exchange);
    /// What came of it, once libcurl is through with `code`.
    Result finish(CURLcode code, Exchange& exchange);
    /// Forgets the password and what points into the exchange; keeps the connections.
    void forget();

    /// Whether no part of the request would break out of its line.
    static bool is_well_formed(const Request& request);

private:
    struct Free {
        void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
        void operator()(CURLU* url) const { curl_url_cleanup(url); }
    };
    using List = std::unique_ptr<curl_slist, Free>;

    template <typename Value>
    void set(CURLoption option, Value value);
    void set_url(const Request& request);
    void set_policy(const Request& request);
    void set_method(const Request& request);
    void set_body(const Request& request);
    void set_callbacks(Exchange& exchange);
    static List header_list(const Request& request);
    static void append(List& list, const std::string& line);

    std::string m_user_agent;
    std::unique_ptr<CURLU, Free> m_url;
    List m_headers;
    std::unique_ptr<CURL, Free> m_easy;
    std::array<char, CURL_ERROR_SIZE> m_details{};
};

} // namespace smsctl::http
