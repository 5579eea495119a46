#include "http/server.hpp"
#include "support/loopback_server.hpp"
#include "unit/http/echo.hpp"

#include <catch2/catch.hpp>

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
