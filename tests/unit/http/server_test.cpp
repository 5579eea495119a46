#include "core/error.hpp"
#include "http/client.hpp"
#include "http/server.hpp"
#include "support/loopback_server.hpp"
#include "unit/http/echo.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <thread>

using namespace smsctl;
using namespace smsctl::http;
using test::echo;
using test::LoopbackServer;
using test::RawClient;
using test::short_get;
using test::status_of;

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
        response.hang_up = HangUp::reset;
        return response;
    });
    RawClient client(server.port());
    client.send(short_get);
    CHECK(client.read_to_end().empty());
    CHECK(client.was_reset());
}

TEST_CASE("a connection that is closed without an answer ends in good order")
{
    LoopbackServer server([](const ServerRequest&) {
        ServerResponse response;
        response.hang_up = HangUp::close;
        return response;
    });
    RawClient client(server.port());
    client.send(short_get);
    CHECK(client.read_to_end().empty());
    CHECK_FALSE(client.was_reset());
}

TEST_CASE("a handler knows whether the connection has had a request before")
{
    LoopbackServer server([](const ServerRequest& request) {
        return ServerResponse{200, {}, request.on_kept_connection ? "kept" : "fresh"};
    });
    RawClient client(server.port());
    client.send("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    const std::string answers = client.read_to_end();
    CHECK(answers.find("\r\n\r\nfresh") != std::string::npos);
    CHECK(answers.ends_with("\r\n\r\nkept"));
}
