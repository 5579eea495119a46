#include "http/pool.hpp"
#include "support/loopback_server.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>

using namespace smsctl;
using namespace smsctl::http;
using test::LoopbackServer;
using test::RawAnswer;
using test::RawServer;

namespace {

Request prototype(std::string url)
{
    Request request;
    request.method = "POST";
    request.url = std::move(url);
    request.timeout = test::patience;
    return request;
}

/// Sends bodies "0" to `count` - 1, at most `width` at once; what came back by ticket.
std::map<std::int64_t, Result> send_all(Pool& pool, int count, std::size_t width)
{
    std::map<std::int64_t, Result> results;
    int next = 0;
    while (static_cast<int>(results.size()) < count) {
        while (next < count && pool.in_flight() < width) {
            pool.start(next, std::to_string(next));
            ++next;
        }
        for (Finished& finished : pool.wait(test::patience)) {
            const bool is_new = results.emplace(finished.ticket, std::move(finished.result)).second;
            REQUIRE(is_new);
        }
    }
    CHECK(pool.in_flight() == 0);
    return results;
}

} // namespace

TEST_CASE("a pool brings every request's own answer")
{
    LoopbackServer server([](const ServerRequest& request) {
        return ServerResponse{201, {{"X-Echo", request.body}}, "<" + request.body + ">"};
    });
    Pool pool("smsctl-test", prototype(server.url("/messages")));
    const auto results = send_all(pool, 200, 10);
    REQUIRE(results.size() == 200);
    for (const auto& [ticket, result] : results) {
        const auto& response = std::get<Response>(result);
        CHECK(response.status == 201);
        CHECK(response.body == fmt::format("<{}>", ticket));
        CHECK(header(response.headers, "x-echo") == std::to_string(ticket));
    }
    CHECK(server.requests().size() == 200);
}

TEST_CASE("a pool never repeats a request whose kept connection closed without an answer")
{
    // Every second request on a connection is taken and gets no answer: libcurl holds such a
    // connection for stale and would send the request once more.
    std::atomic<int> taken = 0;
    RawServer server([&](auto, const auto&) {
        return ++taken % 2 == 0
                   ? RawAnswer{.bytes = "", .then = RawAnswer::Then::close}
                   : RawAnswer{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                               .then = RawAnswer::Then::keep};
    });
    Pool pool("smsctl-test", prototype(server.url("/")));
    const auto results = send_all(pool, 40, 1);
    CHECK(taken == 40);
    int lost = 0;
    for (const auto& [ticket, result] : results)
        if (const auto* error = std::get_if<TransportError>(&result)) {
            CHECK(error->reached == Reached::maybe);
            ++lost;
        }
    CHECK(lost == 20);
}

TEST_CASE("a pool with nobody at home says that nothing was sent")
{
    Pool pool("smsctl-test", prototype(fmt::format("http://127.0.0.1:{}/", test::closed_port())));
    for (const auto& [ticket, result] : send_all(pool, 5, 5))
        CHECK(std::get<TransportError>(result).reached == Reached::no);
}

TEST_CASE("a waiting pool is woken from another thread, and by the time it was given")
{
    Pool pool("smsctl-test", prototype("http://127.0.0.1:9/"));
    CHECK(pool.wait(Millis(1)).empty());
    pool.wake();
    CHECK(pool.wait({}).empty());
    const std::jthread other([&] { pool.wake(); });
    CHECK(pool.wait({}).empty());
}

TEST_CASE("requests of their own share a pool with those that only bring a body")
{
    LoopbackServer server([](const ServerRequest& request) {
        return ServerResponse{200,
                              {{"X-Mark", std::string(header(request.headers, "X-Mark"))}},
                              request.method + " " + request.target + " " + request.body};
    });
    Pool pool("smsctl-test", prototype(server.url("/usual")));
    Request own;
    own.url = server.url("/own?x=1");
    own.headers = {{"X-Mark", "mine"}};
    const auto answer = [&pool] {
        const auto finished = pool.wait(test::patience);
        REQUIRE(finished.size() == 1);
        return std::get<Response>(finished.front().result);
    };
    for (int round = 0; round < 2; ++round) {
        pool.start(1, own);
        const Response first = answer();
        CHECK(first.body == "GET /own?x=1 ");
        CHECK(header(first.headers, "X-Mark") == "mine");
        pool.start(2, "body");
        const Response second = answer();
        CHECK(second.body == "POST /usual body");
        CHECK(header(second.headers, "X-Mark").empty());
    }
    own.headers = {{"X-Mark", "two\r\nlines"}};
    CHECK_THROWS(pool.start(3, own));
    CHECK(pool.in_flight() == 0);
}
