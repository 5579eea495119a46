#include "http/client.hpp"
#include "support/loopback_server.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <chrono>
#include <string>

using namespace smsctl;
using namespace smsctl::http;
using test::LoopbackServer;
using test::RawAnswer;
using test::RawServer;

namespace {

constexpr const char* ok_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

Request get(std::string url)
{
    Request request;
    request.url = std::move(url);
    request.timeout = test::patience;
    return request;
}

Request post(std::string url, std::string body)
{
    Request request = get(std::move(url));
    request.method = "POST";
    request.body = std::move(body);
    return request;
}

ServerResponse text_answer(std::string body, int status = 200)
{
    return {status, {{"Content-Type", "text/plain"}}, std::move(body)};
}

Response response_of(Result result)
{
    if (const auto* error = std::get_if<TransportError>(&result)) {
        FAIL("no answer: " << error->message);
    }
    return std::get<Response>(std::move(result));
}

TransportError error_of(Result result)
{
    REQUIRE(std::holds_alternative<TransportError>(result));
    return std::get<TransportError>(std::move(result));
}

} // namespace

TEST_CASE("a request arrives as it was given and its answer comes back whole")
{
    LoopbackServer server([](const ServerRequest&) {
        return ServerResponse{201, {{"X-One", "1"}, {"Empty", ""}}, "created"};
    });
    Client client("smsctl/test");
    Request request = post(server.url("/path?q=%2B1"), "To=%2B1&Body=a+b");
    request.headers = {{"X-Mine", "yes"}, {"X-Empty", ""}};
    request.auth = {"AC1", Secret("token")};

    const Response response = response_of(client.perform(request));
    CHECK(response.status == 201);
    CHECK(response.body == "created");
    CHECK(header(response.headers, "x-ONE") == "1");
    CHECK(header(response.headers, "content-length") == "7");
    CHECK(header(response.headers, "missing").empty());

    const auto requests = server.requests();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].method == "POST");
    CHECK(requests[0].target == "/path?q=%2B1");
    CHECK(requests[0].body == "To=%2B1&Body=a+b");
    CHECK(requests[0].peer_address == "127.0.0.1");
    CHECK(header(requests[0].headers, "User-Agent") == "smsctl/test");
    CHECK(header(requests[0].headers, "X-Mine") == "yes");
    CHECK(header(requests[0].headers, "Authorization") == "Basic QUMxOnRva2Vu");
    CHECK(header(requests[0].headers, "Expect").empty());
    CHECK(header(requests[0].headers, "Content-Length") == "16");
}

TEST_CASE("nothing of one request stays for the next")
{
    LoopbackServer server([](const ServerRequest&) { return text_answer("ok"); });
    Client client("smsctl/test");
    Request first = post(server.url("/first"), "body");
    first.headers = {{"X-Mine", "yes"}};
    first.auth = {"AC1", Secret("token")};
    response_of(client.perform(first));
    response_of(client.perform(get(server.url("/second"))));

    const auto requests = server.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[1].method == "GET");
    CHECK(requests[1].body.empty());
    CHECK(header(requests[1].headers, "X-Mine").empty());
    CHECK(header(requests[1].headers, "Authorization").empty());
}

TEST_CASE("any method can be asked for")
{
    LoopbackServer server([](const ServerRequest&) { return text_answer("twelve bytes"); });
    Client client("smsctl/test");
    const auto method = GENERATE(values<std::string>({"GET", "HEAD", "DELETE", "OPTIONS"}));
    DYNAMIC_SECTION(method)
    {
        Request request = get(server.url());
        request.method = method;
        for (int i = 0; i < 2; ++i) {
            const Response response = response_of(client.perform(request));
            CHECK(response.body == (method == "HEAD" ? "" : "twelve bytes"));
            CHECK(header(response.headers, "Content-Length") == "12");
        }
        REQUIRE(server.requests().size() == 2);
        CHECK(server.requests()[1].method == method);
    }
}

TEST_CASE("an error status is an answer like any other, and a redirect is not followed")
{
    LoopbackServer server([](const ServerRequest& request) {
        return request.target == "/moved" ? ServerResponse{302, {{"Location", "/elsewhere"}}, ""}
                                          : text_answer("no such page", 404);
    });
    Client client("smsctl/test");
    const Response missing = response_of(client.perform(get(server.url("/missing"))));
    CHECK(missing.status == 404);
    CHECK(missing.body == "no such page");
    const Response moved = response_of(client.perform(get(server.url("/moved"))));
    CHECK(moved.status == 302);
    CHECK(header(moved.headers, "Location") == "/elsewhere");
    CHECK(server.requests().size() == 2);
}

TEST_CASE("one client keeps its connection")
{
    RawServer server([](std::size_t, const std::string&) { return RawAnswer{ok_answer}; });
    Client client("smsctl/test");
    for (int i = 0; i < 5; ++i) {
        CHECK(response_of(client.perform(post(server.url(), i == 2 ? "" : "body"))).body == "ok");
    }
    CHECK(server.requests().size() == 5);
    CHECK(server.connections() == 1);
}

TEST_CASE("a request that wants a fresh connection leaves the kept one alone")
{
    RawServer server([](std::size_t, const std::string&) { return RawAnswer{ok_answer}; });
    Client client("smsctl/test");
    Request request = post(server.url(), "body");
    CHECK(response_of(client.perform(request)).body == "ok");
    request.fresh_connection = true;
    for (std::size_t connections = 2; connections <= 3; ++connections) {
        CHECK(response_of(client.perform(request)).body == "ok");
        CHECK(server.connections() == connections);
    }
    request.fresh_connection = false;
    CHECK(response_of(client.perform(request)).body == "ok");
    CHECK(server.connections() == 3);
    CHECK(server.requests().size() == 4);
}

TEST_CASE("a POST on a kept connection that closes without an answer is sent exactly once")
{
    const auto [name,
                method,
                body,
                then] = GENERATE(table<std::string, std::string, std::string, RawAnswer::Then>({
        {"orderly close", "POST", "To=%2B1&Body=x", RawAnswer::Then::close},
        {"reset", "POST", "To=%2B1&Body=x", RawAnswer::Then::reset},
        {"empty body, orderly close", "POST", "", RawAnswer::Then::close},
        {"empty body, reset", "POST", "", RawAnswer::Then::reset},
        {"large body, orderly close", "POST", std::string(300'000, 'x'), RawAnswer::Then::close},
        {"DELETE, orderly close", "DELETE", "", RawAnswer::Then::close},
    }));
    DYNAMIC_SECTION(name)
    {
        RawServer server([&, lose = then](std::size_t index, const std::string&) {
            return index == 1 ? RawAnswer{"", lose} : RawAnswer{ok_answer};
        });
        Client client("smsctl/test");
        Request request = post(server.url("/Messages.json"), body);
        request.method = method;
        CHECK(response_of(client.perform(request)).status == 200);

        CHECK(error_of(client.perform(request)).reached == Reached::maybe);
        CHECK(server.requests().size() == 2);

        CHECK(response_of(client.perform(request)).status == 200);
        CHECK(server.requests().size() == 3);
    }
}

TEST_CASE("a server that is gone after taking a request on a kept connection may have seen it")
{
    // libcurl's repeat would meet a closed port and report that it could not connect.
    auto server = std::make_unique<RawServer>([](std::size_t index, const std::string&) {
        return index == 1 ? RawAnswer{"", RawAnswer::Then::close} : RawAnswer{ok_answer};
    });
    Client client("smsctl/test");
    const Request request = post(server->url(), "");
    CHECK(response_of(client.perform(request)).status == 200);
    CHECK(error_of(client.perform(request)).reached == Reached::maybe);
    server.reset();
    CHECK(error_of(client.perform(request)).reached == Reached::no);
}

TEST_CASE("a request certainly did not arrive when there was no connection")
{
    Client client("smsctl/test");
    const std::string port = fmt::to_string(test::closed_port());
    LoopbackServer plain([](const ServerRequest&) { return text_answer("no TLS here"); });
    const std::string plain_port = fmt::to_string(plain.port());
    const auto [name, url] = GENERATE_REF(table<std::string, std::string>({
        {"refused port", "http://127.0.0.1:" + port + "/x?secret=1"},
        {"unknown host", "http://nobody.invalid/x?secret=1"},
        {"no TLS at the far end", "https://127.0.0.1:" + plain_port + "/"},
        {"scheme of another kind", "ftp://127.0.0.1:" + port + "/x?secret=1"},
        {"no URL", "http://"},
        {"line break in the URL", "http://127.0.0.1:" + port + "/\r\nX-Other: 1"},
    }));
    DYNAMIC_SECTION(name)
    {
        const TransportError error = error_of(client.perform(post(url, "body")));
        CHECK(error.reached == Reached::no);
        CHECK_FALSE(error.message.empty());
        CHECK(error.message.find("secret") == std::string::npos);
        CHECK(plain.requests().empty());
    }
}

TEST_CASE("a request may have arrived when the connection broke after it was opened")
{
    struct Row {
        std::string name;
        RawAnswer answer;
    };
    using Then = RawAnswer::Then;
    const auto row = GENERATE(values<Row>({
        {"closed without an answer", {"", Then::close}},
        {"reset without an answer", {"", Then::reset}},
        {"closed within the status line", {"HTTP/1.1 20", Then::close}},
        {"closed within the headers", {"HTTP/1.1 201 Created\r\nContent-Le", Then::close}},
        {"closed after a header", {"HTTP/1.1 201 Created\r\nX-A: b\r\n", Then::close}},
        {"closed after 100 Continue", {"HTTP/1.1 100 Continue\r\n\r\n", Then::close}},
        {"body shorter than announced",
         {"HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\nshort", Then::close}},
        {"cut between chunks",
         {"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", Then::close}},
        {"no HTTP at all", {"SSH-2.0-OpenSSH_9.2\r\n", Then::close}},
    }));
    DYNAMIC_SECTION(row.name)
    {
        RawServer server([&](std::size_t, const std::string&) { return row.answer; });
        Client client("smsctl/test");
        const TransportError error = error_of(client.perform(post(server.url("/?secret"), "body")));
        CHECK(error.reached == Reached::maybe);
        CHECK(error.message.find("secret") == std::string::npos);
        CHECK(server.requests().size() == 1);
    }
    SECTION("closed as soon as it was accepted")
    {
        RawServer server([](std::size_t, const std::string&) { return RawAnswer{}; },
                         RawServer::Accept::close_at_once);
        Client client("smsctl/test");
        CHECK(error_of(client.perform(post(server.url(), "body"))).reached == Reached::maybe);
        CHECK(server.connections() == 1);
    }
}

TEST_CASE("a server that never answers is given up at the time limit")
{
    RawServer server([](std::size_t, const std::string&) {
        return RawAnswer{"", RawAnswer::Then::hang};
    });
    Client client("smsctl/test");
    Request request = post(server.url("/?secret"), "body");
    request.timeout = Millis(100);
    const TransportError error = error_of(client.perform(request));
    CHECK(error.reached == Reached::maybe);
    CHECK(error.message.find("secret") == std::string::npos);
    CHECK(server.requests().size() == 1);
}

TEST_CASE("an answer larger than asked for is refused")
{
    LoopbackServer server(
        [](const ServerRequest&) { return text_answer(std::string(100'000, 'x')); });
    Client client("smsctl/test");
    Request request = get(server.url());
    request.max_answer = 100'000;
    CHECK(response_of(client.perform(request)).body.size() == 100'000);
    request.max_answer = 99'999;
    const TransportError error = error_of(client.perform(request));
    CHECK(error.reached == Reached::maybe);
    CHECK(error.message == "the answer is larger than 99999 bytes");
}

TEST_CASE("headers without end are refused")
{
    RawServer server([](std::size_t, const std::string&) {
        std::string answer = "HTTP/1.1 200 OK\r\n";
        for (int i = 0; i < 400; ++i) {
            answer += "X-Filler: " + std::string(1'000, 'x') + "\r\n";
        }
        return RawAnswer{answer + "Content-Length: 0\r\n\r\n"};
    });
    Client client("smsctl/test");
    CHECK(error_of(client.perform(get(server.url()))).reached == Reached::maybe);
}

TEST_CASE("a line break in a header sends nothing")
{
    LoopbackServer server([](const ServerRequest&) { return text_answer("ok"); });
    Client client("smsctl/test");
    Request request = get(server.url());
    request.headers = {{"X-Mine", "a\r\nX-Other: b"}};
    CHECK(error_of(client.perform(request)).reached == Reached::no);
    CHECK(server.requests().empty());
}

TEST_CASE("the trace shows lines and lengths, never credentials or bodies")
{
    LoopbackServer server([](const ServerRequest&) {
        return ServerResponse{201, {{"Set-Cookie", "session=hidden"}}, "answer text"};
    });
    std::string trace;
    Client client("smsctl/test",
                  [&](std::string_view line) { trace += fmt::format("{}\n", line); });
    Request request = post(server.url("/path"), "Body=hidden");
    request.auth = {"AC1", Secret("token")};
    response_of(client.perform(request));

    CAPTURE(trace);
    CHECK(trace.starts_with("> POST /path HTTP/1.1\n"));
    CHECK(trace.find("> Authorization: ***\n") != std::string::npos);
    CHECK(trace.find("> (11 bytes)\n< 201 Created\n") != std::string::npos);
    CHECK(trace.find("< Set-Cookie: ***\n") != std::string::npos);
    CHECK(trace.ends_with("< (11 bytes)\n"));
    CHECK(trace.find("hidden") == std::string::npos);
    CHECK(trace.find("QUMxOnRva2Vu") == std::string::npos);
    CHECK(trace.find("answer text") == std::string::npos);
}
