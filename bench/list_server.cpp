// The far end of the reconcile benchmark: an account whose messages are all delivered, listed as
// Twilio lists them: newest first, by DateSent> and DateSent<, a page's token naming the message
// before it. All messages are written out once, so that a page is a slice of memory and what is
// measured is the client. A thread for each connection; as much of HTTP as the clients use.
//
//     bench_list_server --messages N [--latency-ms N] [--newest UNIX-SECONDS] [--per-second N]
//
// Prints {"port":N} when it listens, and how many requests came when stdin ends.

#include "options.hpp"
#include "sid.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/uio.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t largest_page = 1000;
constexpr const char* account = "/2010-04-01/Accounts/AC5100000000000000000000000000051a";

std::string formatted(const char* format, std::time_t at)
{
    std::array<char, 64> text{};
    std::tm parts{};
    ::gmtime_r(&at, &parts);
    return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

/// Every message, written out, newest first.
class Messages {
public:
    Messages(std::size_t count, std::time_t newest, std::size_t per_second)
        : m_count(count), m_newest(newest), m_per_second(per_second)
    {
        for (std::size_t i = 0; i < count; ++i) {
            m_begins.push_back(m_text.size());
            append(i);
        }
        m_begins.push_back(m_text.size());
    }

    std::time_t sent_at(std::size_t place) const
    {
        return m_newest - static_cast<std::time_t>(place / m_per_second);
    }
    /// The first place that is not newer than `until`.
    std::size_t first_until(std::time_t until) const
    {
        if (until >= m_newest)
            return 0;
        return std::min(m_count, static_cast<std::size_t>(m_newest - until) * m_per_second);
    }
    /// The first place that is older than `since`.
    std::size_t end_since(std::time_t since) const
    {
        if (since > m_newest)
            return 0;
        return std::min(m_count, static_cast<std::size_t>(m_newest - since + 1) * m_per_second);
    }
    std::string_view slice(std::size_t first, std::size_t end) const
    {
        return first == end ? std::string_view()
                            : std::string_view(m_text).substr(m_begins[first],
                                                              m_begins[end] - m_begins[first] - 1);
    }
    std::size_t count() const { return m_count; }
    /// Of a message by its number, which is in its id: the oldest is number 0.
    std::size_t place_of(std::size_t number) const { return m_count - 1 - number; }
    std::size_t number_of(std::size_t place) const { return m_count - 1 - place; }

private:
    void append(std::size_t place)
    {
        const std::string sid = bench::sid_of(number_of(place));
        const std::string date = formatted("%a, %d %b %Y %H:%M:%S +0000", sent_at(place));
        const std::string uri = std::string(account) + "/Messages/" + sid;
        m_text +=
            R"({"account_sid":"AC5100000000000000000000000000051a","api_version":"2010-04-01",)"
            R"("body":"Your parcel arrives today between 9 and 11. Reply STOP to opt out.",)"
            R"("date_created":")" +
            date + R"(","date_sent":")" + date + R"(","date_updated":")" + date +
            R"(","direction":"outbound-api","error_code":null,"error_message":null,)"
            R"("from":"+15005550006","messaging_service_sid":null,"num_media":"0",)"
            R"("num_segments":"1","price":"-0.00790","price_unit":"USD","sid":")" +
            sid + R"(","status":"delivered","subresource_uris":{"feedback":")" + uri +
            R"(/Feedback.json","media":")" + uri + R"(/Media.json"},"to":"+14155552671","uri":")" +
            uri + ".json\"},";
    }

    std::size_t m_count;
    std::time_t m_newest;
    std::size_t m_per_second;
    std::string m_text;
    std::vector<std::size_t> m_begins;
};

/// A parameter of the query as it stands there, but for the escapes that dates need.
std::optional<std::string> parameter(std::string_view target, const std::string& name)
{
    for (const char* mark : {"?", "&"}) {
        const auto found = target.find(mark + name + "=");
        if (found == std::string_view::npos)
            continue;
        const std::string_view raw = target.substr(found + name.size() + 2);
        std::string value(raw.substr(0, raw.find('&')));
        for (auto at = value.find("%3A"); at != std::string::npos; at = value.find("%3A"))
            value.replace(at, 3, ":");
        return value;
    }
    return std::nullopt;
}

std::optional<std::time_t> date(const std::optional<std::string>& text)
{
    std::tm parts{};
    if (!text)
        return std::nullopt;
    const bool is_day = text->size() == 10;
    if (::strptime(text->c_str(), is_day ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%SZ", &parts) == nullptr)
        return std::nullopt;
    return ::timegm(&parts);
}

/// What one request is answered with: a head, a slice of all messages, a foot.
struct Answer {
    std::string head;
    std::string_view messages;
};

Answer answer(const Messages& messages, std::string_view target)
{
    std::size_t first = 0;
    std::size_t end = messages.count();
    if (const auto until = date(parameter(target, "DateSent%3C")))
        first = messages.first_until(*until);
    if (const auto since = date(parameter(target, "DateSent%3E")))
        end = messages.end_since(*since);
    if (const auto token = parameter(target, "PageToken"))
        first = messages.place_of(std::strtoull(token->c_str() + 20, nullptr, 16)) + 1;
    first = std::min(first, end);
    const auto size = parameter(target, "PageSize");
    const std::size_t asked = size ? std::strtoull(size->c_str(), nullptr, 10) : 50;
    const std::size_t page_end = std::min(end, first + std::min(asked, largest_page));
    std::string next = "null";
    if (page_end < end) {
        std::string uri(target.substr(0, target.find("&Page=")));
        next = '"' + uri + "&Page=1&PageToken=PA" +
               bench::sid_of(messages.number_of(page_end - 1)) + '"';
    }
    Answer made;
    made.messages = messages.slice(first, page_end);
    const std::string opening = R"({"next_page_uri":)" + next + R"(,"messages":[)";
    made.head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(opening.size() + made.messages.size() + 2) + "\r\n\r\n" + opening;
    return made;
}

bool send_all(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::atomic<long> requests{0};

void serve(int fd, const Messages& messages, std::chrono::milliseconds latency)
{
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::string in;
    std::array<char, 4096> buffer{};
    while (true) {
        const auto end = in.find("\r\n\r\n");
        if (end == std::string::npos) {
            const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
            if (count <= 0)
                break;
            in.append(buffer.data(), static_cast<std::size_t>(count));
            continue;
        }
        const auto begin = in.find(' ') + 1;
        const std::string target = in.substr(begin, in.find(' ', begin) - begin);
        in.erase(0, end + 4);
        ++requests;
        if (latency.count() > 0)
            std::this_thread::sleep_for(latency);
        const Answer made = answer(messages, target);
        if (!send_all(fd, made.head) || !send_all(fd, made.messages) || !send_all(fd, "]}"))
            break;
    }
    ::close(fd);
}

int listening_socket(sockaddr_in& address)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (fd < 0 || ::bind(fd, any, size) != 0 || ::listen(fd, 64) != 0 ||
        ::getsockname(fd, any, &size) != 0) {
        std::perror("bench_list_server");
        std::exit(1);
    }
    return fd;
}

} // namespace

int main(int argc, char** argv)
{
    const bench::Options options(
        argc, argv, {"--messages", "--latency-ms", "--newest", "--per-second"});
    const Messages messages(static_cast<std::size_t>(options.number("--messages", 1000)),
                            options.number("--newest", std::time(nullptr)),
                            static_cast<std::size_t>(options.number("--per-second", 50)));
    const std::chrono::milliseconds latency(options.number("--latency-ms", 0));
    sockaddr_in address{};
    const int listener = listening_socket(address);
    std::printf("{\"port\":%d}\n", ::ntohs(address.sin_port));
    std::fflush(stdout);
    std::thread([&] {
        while (true) {
            const int fd = ::accept(listener, nullptr, nullptr);
            if (fd >= 0)
                std::thread(serve, fd, std::cref(messages), latency).detach();
        }
    }).detach();
    while (std::getchar() != EOF)
        continue;
    std::printf("{\"requests\":%ld}\n", requests.load());
    std::fflush(stdout);
    std::_Exit(0); // its threads wait for requests
}
