#include "support/loopback_server.hpp"
#include "support/running_sim.hpp"

#include <fmt/format.h>

using namespace smsctl;
using test::LoopbackServer;
using test::RunningSim;

namespace {

http::ServerResponse text(std::string body, std::string type = "text/xml", int status = 200)
{
    return {status, {{"Content-Type", std::move(type)}}, std::move(body)};
}

std::string path_of(const http::ServerRequest& request)
{
    return request.target.substr(0, request.target.find('?'));
}

/// A simulator whose first number asks an application at `/in`, with a fallback at `/fallback`.
struct World {
    explicit World(LoopbackServer::Answer answer)
        : application(std::move(answer)),
          number(far_end.json(
              200,
              "GET",
              far_end.path("/IncomingPhoneNumbers.json"))["incoming_phone_numbers"][0]["uri"])
    {
        far_end.json(
            200,
            "POST",
            number,
            {{"SmsUrl", application.url("/in")}, {"SmsFallbackUrl", application.url("/fallback")}});
    }

    void receive(const std::string& body = "hi")
    {
        far_end.json(201,
                     "POST",
                     "/sim/inbound",
                     {{"From", "+14155552671"}, {"To", "+15005550006"}, {"Body", body}});
    }
    /// The state once it has so many entries of a kind.
    nlohmann::json wait_for(const std::string& key, std::size_t count)
    {
        const auto until = std::chrono::steady_clock::now() + test::patience;
        auto state = far_end.state();
        while (state[key].size() < count && std::chrono::steady_clock::now() < until)
            state = far_end.state();
        REQUIRE(state[key].size() == count);
        return state;
    }

    RunningSim far_end;
    LoopbackServer application;
    std::string number;
};

} // namespace

TEST_CASE("an application's TwiML becomes replies")
{
    World world([](const http::ServerRequest&) {
        return text("<Response><Message>one</Message>"
                    "<Message to=\"+14155552672\"><Body>two</Body>"
                    "<Media>https://x.test/a.gif</Media></Message></Response>");
    });
    world.receive();
    const auto state = world.wait_for("creates", 2);
    const auto& reply = state["messages"][1];
    CHECK(reply["direction"] == "outbound-reply");
    CHECK(reply["from"] == "+15005550006");
    CHECK(reply["to"] == "+14155552671");
    CHECK(reply["body"] == "one");
    CHECK(state["messages"][2]["to"] == "+14155552672");
    CHECK(state["messages"][2]["num_media"] == "1");
    CHECK(state["webhooks"][0]["http_status"] == 200);
    CHECK_THAT(state["webhooks"][0]["answer"].get<std::string>(), Catch::StartsWith("<Response>"));
    CHECK(state["alerts"].empty());
}

TEST_CASE("a plain text is sent whole, and nothing where nothing is answered")
{
    struct Row {
        std::string name;
        http::ServerResponse answer;
        std::size_t replies;
    };
    const auto row = GENERATE(values<Row>({
        {"an OK page", text("OK", "text/plain; charset=utf-8"), 1},
        {"an empty response", text("<Response/>"), 0},
        {"no content", {204, {}, {}}, 0},
        {"no body", text(""), 0},
    }));
    DYNAMIC_SECTION(row.name)
    {
        World world([answer = row.answer](const http::ServerRequest&) { return answer; });
        world.receive();
        const auto state = world.wait_for("webhooks", 1);
        const auto later = world.wait_for("creates", row.replies);
        CHECK(later["alerts"].empty());
        if (row.replies > 0)
            CHECK(later["creates"][0]["body"] == "OK");
    }
}

TEST_CASE("what cannot be carried out is asked again at the fallback URL, and logged")
{
    struct Row {
        std::string name;
        http::ServerResponse answer;
        std::string code;
    };
    const auto row = GENERATE(values<Row>({
        {"an error page", text("oops", "text/html", 500), "11200"},
        {"not found", {404, {}, {}}, "11200"},
        {"JSON", text("{}", "application/json"), "12300"},
        {"no type", {200, {}, "<Response/>"}, "12300"},
        {"broken XML", text("<Response>"), "12100"},
        {"a page", text("<html></html>", "text/html"), "12102"},
        {"voice", text("<Response><Say>hi</Say></Response>"), "14110"},
        {"a long answer", text("<Response/>" + std::string(65'536, ' ')), "11750"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        World world([answer = row.answer](const http::ServerRequest& request) {
            return path_of(request) == "/fallback"
                       ? text("<Response><Message>sorry</Message></Response>")
                       : answer;
        });
        world.receive();
        const auto state = world.wait_for("creates", 1);
        CHECK(state["creates"][0]["body"] == "sorry");
        REQUIRE(state["alerts"].size() == 1);
        CHECK(state["alerts"][0]["error_code"] == row.code);
        const auto form = http::decode_form(world.application.requests()[1].body);
        CHECK(http::first(form, "ErrorCode") == row.code);
        CHECK(http::first(form, "ErrorUrl") == world.application.url("/in"));
        CHECK(http::first(form, "Body") == "hi");

        const auto list = world.far_end.json(200, "GET", "/v1/Alerts?LogLevel=error");
        REQUIRE(list["alerts"].size() == 1);
        const std::string url = list["alerts"][0]["url"];
        const auto alert =
            world.far_end.json(200, "GET", url.substr(world.far_end.sim().url().size()));
        CHECK(alert["response_body"] == row.answer.body.substr(0, 65'536));
        CHECK(world.far_end.json(200, "GET", "/v1/Alerts?EndDate=2020-01-01")["alerts"].empty());
    }
}

TEST_CASE("replies that cannot be sent are logged, and the others are")
{
    struct Row {
        std::string name;
        std::string attributes;
        std::string body;
        std::string code;
    };
    const auto row = GENERATE(values<Row>({
        {"to nobody", "to='123'", "x", "14101"},
        {"to ourselves", "to='+15005550006'", "x", "14101"},
        {"from somebody else", "from='+14155559999'", "x", "14102"},
        {"without a text", "", "", "14103"},
        {"too long", "", std::string(1601, 'x'), "14103"},
        {"to one who said STOP", "to='+15005550004'", "x", "21610"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        World world([&](const http::ServerRequest&) {
            return text(
                fmt::format("<Response><Message {}>{}</Message><Message>fine</Message></Response>",
                            row.attributes,
                            row.body));
        });
        world.receive();
        const auto state = world.wait_for("creates", 1);
        CHECK(state["creates"][0]["body"] == "fine");
        REQUIRE(state["alerts"].size() == 1);
        CHECK(state["alerts"][0]["error_code"] == row.code);
    }
}

TEST_CASE("a redirect goes on elsewhere, and what follows it is not done")
{
    World world([](const http::ServerRequest& request) {
        if (path_of(request) == "/in")
            return text("<Response><Message>a</Message><Redirect method=\"GET\">next?x=1</Redirect>"
                        "<Message>never</Message></Response>");
        return text("<Response><Message>b</Message></Response>");
    });
    world.receive();
    const auto state = world.wait_for("creates", 2);
    CHECK(state["creates"][1]["body"] == "b");
    const auto next = world.application.requests()[1];
    CHECK(next.method == "GET");
    CHECK(next.target.starts_with("/next?x=1&"));
    CHECK_THAT(next.target, Catch::Contains("Body=hi"));
}

TEST_CASE("a redirect in a circle ends")
{
    World world([](const http::ServerRequest&) {
        return text("<Response><Redirect>/in</Redirect></Response>");
    });
    world.receive();
    const auto state = world.wait_for("alerts", 1);
    CHECK(state["alerts"][0]["error_code"] == "14106");
    CHECK(world.application.requests().size() == 11);
}

TEST_CASE("the eleventh reply to one message is not sent")
{
    std::string many;
    for (int i = 0; i < 11; ++i)
        many += "<Message>x</Message>";
    World world(
        [&](const http::ServerRequest&) { return text("<Response>" + many + "</Response>"); });
    world.receive();
    const auto state = world.wait_for("alerts", 1);
    CHECK(state["alerts"][0]["error_code"] == "14109");
    CHECK(state["creates"].size() == 10);
}

TEST_CASE("two applications that answer each other are stopped")
{
    World world([](const http::ServerRequest&) { return text("again", "text/plain"); });
    for (int i = 0; i < 31; ++i)
        world.receive();
    const auto state = world.wait_for("alerts", 1);
    CHECK(state["alerts"][0]["error_code"] == "14107");
    CHECK(state["creates"].size() == 30);
}

TEST_CASE("a reply's action is told its status, and its answer is carried out")
{
    World world([](const http::ServerRequest& request) {
        if (path_of(request) == "/done")
            return text("<Response><Message>thanks</Message></Response>");
        return text("<Response><Message action=\"/done\">a</Message></Response>");
    });
    world.receive();
    const auto state = world.wait_for("creates", 2);
    CHECK(state["creates"][1]["body"] == "thanks");
    const auto form = http::decode_form(world.application.requests()[1].body);
    CHECK(http::first(form, "MessageSid") == state["messages"][1]["sid"].get<std::string>());
    CHECK(http::first(form, "MessageStatus") == "queued");
}

TEST_CASE("a service's own inbound settings win over its numbers'")
{
    World world([](const http::ServerRequest&) { return text("<Response/>"); });
    const std::string service = "/v1/Services/" + world.far_end.sim().service_id();
    world.far_end.json(200, "POST", service, {{"UseInboundWebhookOnNumber", "false"}});
    const http::Form inbound{{"From", "+14155552671"}, {"To", "+15005550006"}, {"Body", "STOP"}};
    CHECK_THAT(
        world.far_end.json(409, "POST", "/sim/inbound", inbound)["message"].get<std::string>(),
        Catch::Contains("dropped"));
    CHECK(world.far_end.state()["messages"].empty());

    world.far_end.json(
        200, "POST", service, {{"InboundRequestUrl", world.application.url("/service")}});
    world.far_end.json(200, "POST", "/sim/settings", {{"advanced_opt_out", "true"}});
    world.far_end.json(201, "POST", "/sim/inbound", inbound);
    REQUIRE(world.application.wait_for_requests(1));
    const auto request = world.application.requests()[0];
    CHECK(request.target == "/service");
    const auto form = http::decode_form(request.body);
    CHECK(http::first(form, "OptOutType") == "STOP");
    CHECK(http::first(form, "MessagingServiceSid") == world.far_end.sim().service_id());
}

TEST_CASE("a webhook follows redirects, and retries as its URL says")
{
    int calls = 0;
    World world([&](const http::ServerRequest& request) -> http::ServerResponse {
        if (path_of(request) == "/in")
            return {307, {{"Location", "/moved"}}, {}};
        ++calls;
        return calls < 3 ? http::ServerResponse{503, {}, {}} : text("<Response/>");
    });
    world.far_end.json(
        200, "POST", world.number, {{"SmsUrl", world.application.url("/in#rc=2&rp=5xx")}});
    world.receive();
    const auto state = world.wait_for("webhooks", 1);
    CHECK(state["webhooks"][0]["attempts"] == 3);
    CHECK(state["webhooks"][0]["http_status"] == 200);
    const auto requests = world.application.requests();
    REQUIRE(requests.size() == 6);
    CHECK(requests[1].method == "POST");
    CHECK(requests[1].body == requests[0].body);
}
