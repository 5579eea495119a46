#pragma once

#include <curl/curl.h>

#include <string>
#include <vector>

namespace bench {

/// One easy handle and the message that is on its way.
struct Transfer {
    CURL* easy = nullptr;
    std::string body;
    std::size_t sent = 0;
    int starts = 0; ///< how often libcurl came to the point of writing the request
};

/// Messages on their way through one multi handle; a driver below makes it go.
class Loop {
public:
    Loop(std::string url, long messages, long in_flight, bool whole_body);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    CURLM* multi() const { return m_multi; }
    void begin_all();
    /// Takes what finished and puts the next messages in its place; false when nothing had.
    bool finish_and_refill();
    bool is_done() const { return m_accepted + m_failed >= m_messages; }
    long accepted() const { return m_accepted; }
    long failed() const { return m_failed; }

private:
    void set_up(Transfer& transfer);
    void begin_next(Transfer& transfer);

    std::string m_url;
    long m_messages;
    bool m_whole_body;
    CURLM* m_multi;
    curl_slist* m_headers;
    std::vector<Transfer> m_transfers;
    long m_begun = 0;
    long m_accepted = 0;
    long m_failed = 0;
};

/// curl_multi_perform and curl_multi_poll: looks at every transfer each time.
void run_with_poll(Loop& loop);
/// curl_multi_socket_action and epoll: looks at what is ready.
void run_with_epoll(Loop& loop);

} // namespace bench
