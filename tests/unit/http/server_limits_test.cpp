#include "http/client.hpp"
#include "http/server.hpp"
#include "support/loopback_server.hpp"
#include "unit/http/echo.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <chrono>
#include <future>
#include <string>

using namespace smsctl;
using namespace smsctl::http;
using test::echo;
using test::LoopbackServer;
using test::RawClient;
using test::short_get;
using test::status_of;

namespace {

std::string post_of(std::size_t body_bytes)
{
    return fmt::format("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}",
                       body_bytes,
                       std::string(body_bytes, 'x'));
}

ServerLimits small_limits()
{
    ServerLimits limits;
    limits.body_bytes = 1'000;
    limits.header_bytes = 1'000;
    return limits;
}

} // namespace

TEST_CASE("what breaks a limit or the grammar is refused before the handler sees it")
{
    LoopbackServer server(echo, small_limits());
    const std::string long_header = "GET / HTTP/1.1\r\nX-Long: " + std::string(2'000, 'x');
    const auto [name, sent, expected] = GENERATE_REF(table<std::string, std::string, std::string>({
        {"body over the limit", post_of(1'001), "HTTP/1.1 413 Payload Too Large"},
        {"body over the limit, not sent yet",
         "POST / HTTP/1.1\r\nContent-Length: 2000000000\r\n\r\n",
         "HTTP/1.1 413 Payload Too Large"},
        {"chunks over the limit",
         "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n258\r\n" + std::string(600, 'x') +
             "\r\n258\r\n" + std::string(600, 'x') + "\r\n0\r\n\r\n",
         "HTTP/1.1 413 Payload Too Large"},
        {"header over the limit",
         long_header + "\r\n\r\n",
         "HTTP/1.1 431 Request Header Fields Too Large"},
        {"header over the limit, unfinished",
         long_header,
         "HTTP/1.1 431 Request Header Fields Too Large"},
        {"target over the limit",
         "GET /" + std::string(2'000, 'x') + " HTTP/1.1\r\n\r\n",
         "HTTP/1.1 431 Request Header Fields Too Large"},
        {"no HTTP", "\x16\x03\x01\x02 hello\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"two lengths",
         "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
         "HTTP/1.1 400 Bad Request"},
        {"length and chunks",
         "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
         "3\r\nabc\r\n0\r\n\r\n",
         "HTTP/1.1 400 Bad Request"},
        {"length that is none",
         "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
         "HTTP/1.1 400 Bad Request"},
        {"chunk that is none",
         "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
         "HTTP/1.1 400 Bad Request"},
        {"blank in a header's name",
         "GET / HTTP/1.1\r\nX Y: z\r\n\r\n",
         "HTTP/1.1 400 Bad Request"},
        {"HTTP/2.0 by name", "GET / HTTP/2.0\r\n\r\n", "HTTP/1.1 400 Bad Request"},
    }));
    DYNAMIC_SECTION(name)
    {
        RawClient client(server.port());
        client.send(sent);
        const std::string answer = client.read_to_end();
        CHECK(status_of(answer) == expected);
        CHECK(answer.find("Connection: close\r\n") != std::string::npos);
        CHECK(answer.find("Content-Length: 0\r\n") != std::string::npos);
        CHECK_FALSE(client.was_reset());
        CHECK(server.requests().empty());
    }
    SECTION("what just fits does not")
    {
        RawClient client(server.port());
        client.send(post_of(1'000));
        CHECK(status_of(client.read_until("\r\n\r\n")) == "HTTP/1.1 200 OK");
    }
}

TEST_CASE("a large upload that is refused still sees its answer")
{
    LoopbackServer server(echo);
    Client client("smsctl/test");
    Request request;
    request.method = "POST";
    request.url = server.url();
    request.body = std::string((std::size_t{1} << 20U) + 1, 'x');
    const Result result = client.perform(request);
    REQUIRE(std::holds_alternative<Response>(result));
    CHECK(std::get<Response>(result).status == 413);
}

TEST_CASE("slow clients are dropped without holding up a good one")
{
    ServerLimits limits;
    limits.complete_within = Millis(300);
    LoopbackServer server(echo, limits);
    const auto half = GENERATE(
        values<std::string>({"", "GET / HT", "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf"}));
    DYNAMIC_SECTION("'" << half << "'")
    {
        RawClient slow(server.port());
        slow.send(half);
        RawClient good(server.port());
        good.send(short_get);
        CHECK(good.read_until("GET /short ").starts_with("HTTP/1.1 200 OK\r\n"));
        CHECK(slow.read_to_end().empty());
        CHECK(server.requests().size() == 1);
    }
}

TEST_CASE("a client that trickles is dropped at the limit for the whole request")
{
    ServerLimits limits;
    limits.complete_within = Millis(200);
    LoopbackServer server(echo, limits);
    RawClient slow(server.port());
    slow.send("GET / HTTP/1.1\r\n");
    const auto start = std::chrono::steady_clock::now();
    while (!slow.stirs_within(Millis(20)) && slow.send("X: y\r\n")) {
        REQUIRE(std::chrono::steady_clock::now() - start < test::patience);
    }
    CHECK(server.requests().empty());
}

TEST_CASE("an idle connection is closed after a while")
{
    ServerLimits limits;
    limits.idle = Millis(50);
    LoopbackServer server(echo, limits);
    RawClient client(server.port());
    client.send(short_get);
    CHECK(client.read_to_end().ends_with("GET /short "));
    CHECK_FALSE(client.was_reset());
}

TEST_CASE("a full server makes room by closing what is idle")
{
    ServerLimits limits;
    limits.connections = 2;
    LoopbackServer server(echo, limits);
    RawClient first(server.port());
    RawClient second(server.port());
    for (RawClient* client : {&first, &second}) {
        client->send(short_get);
        client->read_until("GET /short ");
    }
    RawClient third(server.port());
    third.send(short_get);
    CHECK(third.read_until("GET /short ").starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(first.read_to_end().empty());
    second.send(short_get);
    CHECK(second.read_until("GET /short ").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("on a full server of busy connections the newest waits for its turn")
{
    ServerLimits limits;
    limits.connections = 1;
    std::promise<Responder> held;
    auto responder = held.get_future();
    LoopbackServer server(
        [&held](const ServerRequest& request, Responder answer) {
            if (request.target == "/held") {
                held.set_value(std::move(answer));
            } else {
                answer(echo(request));
            }
        },
        limits);
    RawClient first(server.port());
    first.send("GET /held HTTP/1.1\r\n\r\n");
    Responder late = responder.get();
    RawClient second(server.port());
    second.send(short_get);
    late({200, {}, "late"});
    CHECK(first.read_until("late").starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(second.read_until("GET /short ").starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(server.requests().size() == 2);
}

TEST_CASE("a full server lets go of the client that has been slow the longest")
{
    ServerLimits limits;
    limits.connections = 3;
    LoopbackServer server(echo, limits);
    RawClient first(server.port());
    first.send("GET /slow HTTP/1.1\r\nHost");
    RawClient second(server.port());
    second.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
    RawClient good(server.port());
    good.send(short_get);
    CHECK(good.read_until("GET /short ").starts_with("HTTP/1.1 200 OK\r\n"));
    for (int i = 0; i < 20; ++i) {
        RawClient other(server.port());
        other.send(short_get);
        CHECK(other.read_until("GET /short ").starts_with("HTTP/1.1 200 OK\r\n"));
    }
    CHECK(first.read_to_end().empty());
    CHECK(second.read_to_end().empty());
    CHECK(server.requests().size() == 21);
}

TEST_CASE("a full server takes from the address that has the most connections")
{
    ServerLimits limits;
    limits.connections = 3;
    LoopbackServer server(echo, limits);
    RawClient other(server.port(), "127.0.0.2");
    other.send(
        "GET /slow HTTP/1.1\r\nHost: x\r\n"); // the slowest of all, and the only one of its address
    RawClient first(server.port());
    first.send(short_get);
    first.read_until("GET /short ");
    RawClient second(server.port());
    second.send(short_get);
    second.read_until("GET /short ");
    RawClient third(server.port());
    third.send(short_get);
    CHECK(third.read_until("GET /short ").starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(first.read_to_end().empty());
    other.send("\r\n");
    CHECK(other.read_until("GET /slow ").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("who reads no answers gives way, too")
{
    ServerLimits limits;
    limits.connections = 1;
    LoopbackServer server(
        [](const ServerRequest&) {
            return ServerResponse{
                200, {}, std::string(std::size_t{32} << 20U, 'x')}; // fits no buffer
        },
        limits);
    RawClient greedy(server.port());
    greedy.send(short_get);
    REQUIRE(greedy.stirs_within(test::patience)); // the answer is on its way, and stays there
    RawClient good(server.port());
    good.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(status_of(good.read_until("\r\n\r\n")) == "HTTP/1.1 200 OK");
}
