#include "core/error.hpp"
#include "http/client.hpp"
#include "http/server.hpp"
#include "support/loopback_server.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <thread>

using namespace smsctl;
using namespace smsctl::http;
using test::LoopbackServer;
using test::RawClient;

namespace {

constexpr std::string_view short_get = "GET /short HTTP/1.1\r\nHost: x\r\n\r\n";

/// Answers with the request's method, target and body.
ServerResponse echo(const ServerRequest& request)
{
    return {200, {}, fmt::format("{} {} {}", request.method, request.target, request.body)};
}

std::string post_of(std::size_t body_bytes)
{
    return fmt::format("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}",
                       body_bytes,
                       std::string(body_bytes, 'x'));
}

std::string status_of(const std::string& answer)
{
    return answer.substr(0, answer.find('\r'));
}

ServerLimits small_limits()
{
    ServerLimits limits;
    limits.body_bytes = 1'000;
    limits.header_bytes = 1'000;
    limits.complete_within = Millis(300);
    return limits;
}

} // namespace

TEST_CASE("an address that makes no sense is a usage error")
{
    const auto address = GENERATE(values<std::string>({
        "",
        "127.0.0.1",
        ":8787",
        "8787",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "nobody.invalid:1",
        "::1:80",
        "[127.0.0.1]:80",
        "[::1:80",
        "192.0.2.1:0",
    }));
    DYNAMIC_SECTION("'" << address << "'")
    {
        try {
            const Server server(address, {});
            FAIL("it listens");
        } catch (const Error& error) {
            CHECK(error.exit() == Exit::usage);
            CHECK(error.code() == "usage.addr");
            CHECK_FALSE(error.hint().empty());
        }
    }
}

TEST_CASE("a taken port is a usage error")
{
    const Server server("127.0.0.1:0", {});
    CHECK_THROWS_AS(Server(server.address(), {}), Error);
}

TEST_CASE("a server says where it listens")
{
    const Server ipv4("127.0.0.1:0", {});
    CHECK(ipv4.port() != 0);
    CHECK(ipv4.address() == fmt::format("127.0.0.1:{}", ipv4.port()));
    CHECK(ipv4.is_loopback());
    const Server everywhere("0.0.0.0:0", {});
    CHECK_FALSE(everywhere.is_loopback());
    CHECK(Server("localhost:0", {}).is_loopback());
}

TEST_CASE("requests are handed over byte for byte")
{
    LoopbackServer server(echo);
    const auto [name, sent, expected] = GENERATE(table<std::string, std::string, std::string>({
        {"GET",
         "GET /a?b=%2B&c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
         "GET /a?b=%2B&c "},
        {"body with a length",
         "POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
         "POST /a abc"},
        {"chunked body",
         "POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
         "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
         "POST /a abcde"},
        {"method of its own",
         "BREW /pot HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
         "BREW /pot "},
        {"HTTP/1.0", "GET /old HTTP/1.0\r\n\r\n", "GET /old "},
    }));
    DYNAMIC_SECTION(name)
    {
        RawClient client(server.port());
        client.send(sent);
        const std::string answer = client.read_to_end();
        CHECK(answer.ends_with("\r\n\r\n" + expected));
        CHECK(answer.find(fmt::format("Content-Length: {}\r\n", expected.size())) !=
              std::string::npos);
        CHECK_FALSE(client.was_reset());
    }
}

TEST_CASE("pipelined requests are answered one after the other")
{
    LoopbackServer server(echo);
    RawClient client(server.port());
    std::string all;
    for (int i = 0; i < 20; ++i) {
        all += fmt::format("POST /{} HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody", i);
    }
    client.send(all + "GET /last HTTP/1.1\r\nConnection: close\r\n\r\n");
    const std::string answers = client.read_to_end();
    std::size_t at = 0;
    for (int i = 0; i < 20; ++i) {
        at = answers.find(fmt::format("POST /{} body", i), at);
        CHECK(at != std::string::npos);
    }
    CHECK(answers.ends_with("GET /last "));
}

TEST_CASE("a HEAD answer has the length and no body, a 204 has neither")
{
    LoopbackServer server([](const ServerRequest& request) {
        return request.method == "HEAD" ? ServerResponse{200, {}, "12345"}
                                        : ServerResponse{204, {}, "ignored"};
    });
    RawClient client(server.port());
    client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string head = client.read_until("\r\n\r\n");
    CHECK(head.find("Content-Length: 5\r\n") != std::string::npos);
    client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const std::string none = client.read_to_end();
    CHECK(status_of(none) == "HTTP/1.1 204 No Content");
    CHECK(none.find("Content-Length") == std::string::npos);
    CHECK(none.ends_with("\r\n\r\n"));
}

TEST_CASE("a client that waits for leave to send its body gets it")
{
    LoopbackServer server(echo);
    RawClient client(server.port());
    client.send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    CHECK(client.read_until("abc").starts_with("HTTP/1.1 200 OK\r\n"));
}

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
    LoopbackServer server(echo, small_limits());
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
    ServerLimits limits = small_limits();
    limits.complete_within = Millis(200);
    LoopbackServer server(echo, limits);
    RawClient slow(server.port());
    slow.send("GET / HTTP/1.1\r\n");
    // Ends because the server hangs up, not because the request is ever whole.
    const auto start = std::chrono::steady_clock::now();
    while (slow.send("X: y\r\n") && std::chrono::steady_clock::now() - start < test::patience) {
        SystemClock().wait(Millis(20), {});
    }
    CHECK(std::chrono::steady_clock::now() - start < test::patience);
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

TEST_CASE("an answer may come from another thread")
{
    std::vector<std::jthread> threads;
    LoopbackServer server([&threads](ServerRequest request, Responder responder) {
        threads.emplace_back(
            [](const ServerRequest& asked, Responder answer) { answer(echo(asked)); },
            std::move(request),
            std::move(responder));
    });
    std::atomic<int> good{0};
    {
        std::vector<std::jthread> clients;
        for (int i = 0; i < 4; ++i) {
            clients.emplace_back([&server, &good] {
                Client client("smsctl/test");
                Request request;
                request.url = server.url("/x");
                for (int n = 0; n < 25; ++n) {
                    const Result result = client.perform(request);
                    const auto* response = std::get_if<Response>(&result);
                    good += response != nullptr && response->body == "GET /x " ? 1 : 0;
                }
            });
        }
    }
    CHECK(good == 100);
    server.stop();
}

TEST_CASE("whoever forgets to answer, or throws, has answered 500")
{
    LoopbackServer server([](const ServerRequest& request, Responder responder) {
        if (request.target == "/throw") {
            throw std::runtime_error("a fault of the handler");
        }
        if (request.target == "/assign") {
            responder = Responder([](const ServerResponse&) {});
        }
    });
    Client client("smsctl/test");
    for (const char* target : {"/forget", "/throw", "/assign"}) {
        Request request;
        request.url = server.url(target);
        const Result result = client.perform(request);
        REQUIRE(std::holds_alternative<Response>(result));
        CHECK(std::get<Response>(result).status == 500);
    }
}

TEST_CASE("a response is delivered once")
{
    int delivered = 0;
    {
        Responder responder([&](const ServerResponse& response) { delivered += response.status; });
        Responder moved(std::move(responder));
        moved({200, {}, ""});
        moved({500, {}, ""});
    }
    CHECK(delivered == 200);
}

TEST_CASE("an answer that would break the framing becomes 500")
{
    const auto [name, response] = GENERATE(table<std::string, ServerResponse>({
        {"line break in a value", {200, {{"X-A", "b\r\nX-C: d"}}, "body"}},
        {"line break in a name", {200, {{"X-A: b\nX-C", "d"}}, "body"}},
        {"no name", {200, {{"", "d"}}, "body"}},
        {"status 0", {0, {}, "body"}},
        {"interim status", {100, {}, "body"}},
        {"status of four digits", {1000, {}, "body"}},
    }));
    DYNAMIC_SECTION(name)
    {
        LoopbackServer server([answer = response](const ServerRequest&) { return answer; });
        RawClient client(server.port());
        client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
        const std::string answer = client.read_to_end();
        CHECK(status_of(answer) == "HTTP/1.1 500 Internal Server Error");
        CHECK(answer.ends_with("\r\n\r\n"));
    }
}

TEST_CASE("the handler's framing headers are the server's business")
{
    LoopbackServer server([](const ServerRequest&) {
        return ServerResponse{
            200,
            {{"Content-Length", "999"}, {"Transfer-Encoding", "chunked"}, {"Connection", "close"}},
            "four"};
    });
    RawClient client(server.port());
    client.send(short_get);
    const std::string answer = client.read_to_end();
    CHECK(answer == "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfour");
}

TEST_CASE("a dropped connection is reset without an answer")
{
    LoopbackServer server([](const ServerRequest&) {
        ServerResponse response;
        response.drop_connection = true;
        return response;
    });
    RawClient client(server.port());
    client.send(short_get);
    CHECK(client.read_to_end().empty());
    CHECK(client.was_reset());
}

TEST_CASE("a server that stops answers what it has in hand and takes nothing new")
{
    test::Arrivals<ServerRequest> requests;
    std::promise<Responder> held;
    auto responder = held.get_future();
    Server server("127.0.0.1:0", [&](ServerRequest request, Responder answer) {
        requests.add(std::move(request));
        held.set_value(std::move(answer));
    });
    std::jthread thread([&](const std::stop_token& stop) { server.run(stop); });
    RawClient in_hand(server.port());
    in_hand.send(short_get);
    Responder late = responder.get();
    RawClient half(server.port());
    half.send("GET /half HTTP/1.1\r\n");

    thread.request_stop();
    CHECK(half.read_to_end().empty()); // the stop has begun
    late({200, {}, "late"});
    const std::string answer = in_hand.read_to_end();
    CHECK(answer.ends_with("\r\n\r\nlate"));
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    thread.join();
    CHECK(requests.all().size() == 1);
    CHECK_THROWS(RawClient(server.port()));
}

TEST_CASE("a server that stops waits no longer than told for its handler")
{
    std::promise<Responder> held;
    auto responder = held.get_future();
    Server server("127.0.0.1:0", [&held](const ServerRequest&, Responder answer) {
        held.set_value(std::move(answer));
    });
    std::jthread thread([&](const std::stop_token& stop) { server.run(stop, Millis(50)); });
    RawClient client(server.port());
    client.send("GET /held HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\n\r\n");
    Responder late = responder.get();
    thread.request_stop();
    CHECK(client.read_to_end().empty());
    thread.join();
    late({200, {}, "too late"});
}

TEST_CASE("a connection that comes while the server stops is closed")
{
    Server server("127.0.0.1:0",
                  [](const ServerRequest& request, Responder answer) { answer(echo(request)); });
    std::jthread thread([&](const std::stop_token& stop) { server.run(stop, Millis(0)); });
    RawClient client(server.port());
    client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    thread.request_stop();
    thread.join();
    client.read_to_end(); // throws when the connection is left hanging
}

TEST_CASE("an answer may come when the server is gone")
{
    std::promise<Responder> held;
    auto responder = held.get_future();
    std::optional<RawClient> client;
    {
        LoopbackServer server(
            [&held](const ServerRequest&, Responder answer) { held.set_value(std::move(answer)); });
        client.emplace(server.port());
        client->send(short_get);
        CHECK(server.wait_for_requests(1));
    }
    responder.get()({200, {}, "too late"});
    CHECK(client->read_to_end().empty());
}

TEST_CASE("a stop that came before the start ends the run at once")
{
    std::stop_source source;
    source.request_stop();
    Server server("127.0.0.1:0", [](const ServerRequest&, Responder) {});
    server.run(source.get_token());
    CHECK_THROWS(RawClient(server.port()));
}

TEST_CASE("tasks run on the server's thread when their time comes")
{
    std::stop_source source;
    Server server("127.0.0.1:0", [](const ServerRequest&, Responder) {});
    std::string order;
    const auto here = std::this_thread::get_id();
    server.after(Millis(40), [&] {
        order += "b";
        CHECK(std::this_thread::get_id() == here);
        source.request_stop();
    });
    server.after(Millis(0), [&] { order += "a"; });
    server.after(std::chrono::hours(1), [&] { order += "never"; });
    server.run(source.get_token());
    CHECK(order == "ab");
}

TEST_CASE("what a task throws comes out of run")
{
    Server server("127.0.0.1:0", [](const ServerRequest&, Responder) {});
    server.after(Millis(0), [] { throw std::runtime_error("a fault of the task"); });
    CHECK_THROWS_WITH(server.run({}), "a fault of the task");
}
