#include "support/loopback_server.hpp"
#include "support/running_sim.hpp"

using namespace smsctl;
using test::LoopbackServer;
using test::RunningSim;

namespace {

const http::Form usual{{"To", "+14155552671"}, {"From", "+15005550006"}, {"Body", "hello"}};

http::ServerResponse no_content(const http::ServerRequest& /*request*/)
{
    return {204, {}, {}};
}

std::vector<std::string> statuses(const LoopbackServer& receiver)
{
    std::vector<std::string> found;
    for (const auto& request : receiver.requests())
        found.emplace_back(http::first(http::decode_form(request.body), "MessageStatus"));
    return found;
}

/// Sends a message whose callbacks come to `receiver`, and waits until it is delivered and `count`
/// of them are settled.
nlohmann::json
send_and_settle(RunningSim& far_end, const LoopbackServer& receiver, std::size_t count)
{
    http::Form form = usual;
    form.emplace_back("StatusCallback", receiver.url("/status"));
    far_end.wait_for(far_end.create(form)["sid"], "delivered");
    const auto until = std::chrono::steady_clock::now() + test::patience;
    auto state = far_end.state();
    while (state["webhooks"].size() < count && std::chrono::steady_clock::now() < until)
        state = far_end.state();
    CHECK(state["webhooks"].size() == count);
    return state;
}

} // namespace

TEST_CASE("a rule decides what becomes of messages, in its order and as often as it says")
{
    RunningSim far_end;
    const auto rule = [&](const http::Form& form) {
        far_end.json(200, "POST", "/sim/outcomes", form);
    };
    const auto end_of = [&](const std::string& to, const std::string& status) {
        const std::string sid =
            far_end.create({{"To", to}, {"From", "+15005550006"}, {"Body", "hello"}})["sid"];
        return far_end.wait_for(sid, status);
    };
    rule({{"to", " 14155552671"}, {"status", "undelivered"}, {"code", "30005"}, {"count", "1"}});
    rule({{"to", "+14155552671"}, {"status", "failed"}, {"skip", "1"}, {"count", "1"}});
    CHECK(far_end.state()["outcomes"].size() == 2);
    CHECK(end_of("+14155552671", "undelivered")["error_code"] == 30005);
    CHECK(end_of("+14155552671", "delivered")["error_code"].is_null());
    CHECK(end_of("+14155552671", "failed")["error_code"] == 30008);
    CHECK(end_of("+14155530003", "undelivered")["error_code"] == 30003); // by its last digits
    CHECK(far_end.state()["outcomes"].empty());
    rule({{"status", "read"}});
    CHECK(end_of("+14155530003", "read")["price"] == "-0.00790");
    rule({{"status", "none"}});
    CHECK(far_end.state()["outcomes"].empty());
}

TEST_CASE("by chance the same seed gives the same outcomes")
{
    const auto failed = [](std::uint64_t seed) {
        sim::SimulatorOptions options = RunningSim::fast();
        options.seed = seed;
        RunningSim far_end(options);
        far_end.json(200, "POST", "/sim/outcomes", {{"status", "failed"}, {"percent", "50"}});
        for (int i = 0; i < 20; ++i)
            far_end.create(usual);
        const auto until = std::chrono::steady_clock::now() + test::patience;
        std::vector<std::string> ends;
        do {
            ends.clear();
            const auto state = far_end.state();
            for (const auto& message : state["messages"])
                if (message["status"] == "delivered" || message["status"] == "failed")
                    ends.push_back(message["status"]);
        } while (ends.size() < 20 && std::chrono::steady_clock::now() < until);
        return ends;
    };
    const auto once = failed(7);
    CHECK(std::count(once.begin(), once.end(), "failed") > 2);
    CHECK(std::count(once.begin(), once.end(), "failed") < 18);
    CHECK(once == failed(7));
    CHECK(once != failed(8));
}

TEST_CASE("a recipient answers what was delivered, and STOP has its effect")
{
    RunningSim far_end;
    far_end.json(
        200, "POST", "/sim/replies", {{"to", "+14155552671"}, {"body", "STOP"}, {"delay", "20ms"}});
    far_end.create(usual);
    const auto until = std::chrono::steady_clock::now() + test::patience;
    auto state = far_end.state();
    while (state["opt_outs"].empty() && std::chrono::steady_clock::now() < until)
        state = far_end.state();
    REQUIRE(state["messages"].size() == 2);
    CHECK(state["messages"][1]["body"] == "STOP");
    CHECK(state["messages"][1]["from"] == "+14155552671");
    CHECK(state["replies"].empty());
    CHECK(far_end.json(400, "POST", far_end.path("/Messages.json"), usual)["code"] == 21610);
}

TEST_CASE("callbacks are lost, repeated, delayed and overtaken on demand")
{
    struct Row {
        std::string name;
        http::Form fault;
        std::size_t settled;
        std::vector<std::string> arrive;
    };
    const auto row = GENERATE(values<Row>({
        {"none", {}, 2, {"sent", "delivered"}},
        {"lost", {{"kind", "lost"}}, 2, {"delivered"}},
        {"lost at the end", {{"kind", "lost"}, {"event", "delivered"}}, 2, {"sent"}},
        {"lost after one", {{"kind", "lost"}, {"skip", "1"}}, 2, {"sent"}},
        {"another's", {{"kind", "lost"}, {"to", "+14155552672"}}, 2, {"sent", "delivered"}},
        {"twice", {{"kind", "duplicate"}}, 3, {"sent", "sent", "delivered"}},
        {"delayed", {{"kind", "delay"}, {"delay", "1s"}}, 2, {"delivered", "sent"}},
        {"overtaken", {{"kind", "reorder"}}, 2, {"delivered", "sent"}},
        {"overtaken by nobody",
         {{"kind", "reorder"}, {"event", "delivered"}},
         2,
         {"sent", "delivered"}},
    }));
    DYNAMIC_SECTION(row.name)
    {
        LoopbackServer receiver(no_content);
        RunningSim far_end;
        if (!row.fault.empty())
            far_end.json(200, "POST", "/sim/faults", row.fault);
        const auto state = send_and_settle(far_end, receiver, row.settled);
        CHECK(statuses(receiver) == row.arrive);
        const auto& first = state["webhooks"][0];
        CHECK((first["problem"] == "lost") == (row.name == "lost"));
    }
}

TEST_CASE("a service's status callback counts where the create names none")
{
    LoopbackServer receiver(no_content);
    RunningSim far_end;
    const std::string service = far_end.sim().service_id();
    far_end.json(200,
                 "POST",
                 "/v1/Services/" + service,
                 {{"StatusCallback", receiver.url("/of-the-service")}});
    far_end.create({{"To", "+14155552671"}, {"MessagingServiceSid", service}, {"Body", "hi"}});
    REQUIRE(receiver.wait_for_requests(3));
    CHECK(statuses(receiver) == std::vector<std::string>{"queued", "sent", "delivered"});
    CHECK(receiver.requests()[0].target == "/of-the-service");
}

TEST_CASE("a sender lets go so many segments a second, and its queue has an end")
{
    sim::SimulatorOptions options;
    options.speed = 0.001;
    RunningSim far_end(options);
    far_end.json(200, "POST", "/sim/settings", {{"mps", "1"}, {"queue", "2"}});
    const std::string service = far_end.sim().service_id();
    far_end.create(usual);
    far_end.create(usual);
    const auto full = far_end.json(429, "POST", far_end.path("/Messages.json"), usual);
    CHECK(full["code"] == 21611);
    http::Form other = usual;
    other[1].second = "+14155550100";
    CHECK(far_end.create(other)["status"] == "queued"); // its queue is its own

    const std::string sid = far_end.create(
        {{"To", "+14155552671"}, {"MessagingServiceSid", service}, {"Body", "hi"}})["sid"];
    far_end.json(200, "POST", "/sim/clock", {{"advance", "1m"}}); // accepted for 50 s at this speed
    CHECK(far_end.fetch(sid)["status"] == "failed");
    CHECK(far_end.fetch(sid)["error_code"] == 30001);
}

TEST_CASE("what waits longer than it is valid fails")
{
    sim::SimulatorOptions options;
    options.speed = 0.001;
    RunningSim far_end(options);
    far_end.json(200, "POST", "/sim/settings", {{"mps", "1"}});
    http::Form brief = usual;
    brief.emplace_back("ValidityPeriod", "1"); // a thousand seconds at this speed
    const std::string first = far_end.create(brief)["sid"];
    far_end.create(usual);
    const std::string third = far_end.create(brief)["sid"];
    far_end.json(200, "POST", "/sim/clock", {{"advance", "1001s"}});
    CHECK(far_end.fetch(third)["status"] == "failed");
    CHECK(far_end.fetch(third)["error_code"] == 30036);
    CHECK(far_end.fetch(first)["error_code"].is_null());
}

TEST_CASE("a trial account says so and texts verified numbers only")
{
    RunningSim far_end;
    far_end.json(200, "POST", "/sim/settings", {{"trial", "true"}, {"verified", "+14155552671"}});
    CHECK(far_end.create(usual)["body"] == "Sent from your Twilio trial account - hello");
    http::Form other = usual;
    other[0].second = "+14155552672";
    CHECK(far_end.json(400, "POST", far_end.path("/Messages.json"), other)["code"] == 21608);
}

TEST_CASE("rules and settings that make no sense are refused")
{
    RunningSim far_end;
    struct Row {
        std::string path;
        http::Form form;
        std::string words;
    };
    const auto row = GENERATE(values<Row>({
        {"outcomes", {{"status", "gone"}}, "not one of sent, delivered"},
        {"outcomes", {{"status", "delivered"}, {"code", "30005"}}, "no error code"},
        {"outcomes", {{"status", "failed"}, {"code", "7"}}, "no error code"},
        {"outcomes", {{"status", "failed"}, {"delay", "soon"}}, "no duration"},
        {"outcomes", {{"status", "failed"}, {"cuont", "1"}}, "unknown field 'cuont'"},
        {"outcomes", {{"status", "failed"}, {"percent", "101"}}, "no number from 0 to 100"},
        {"replies", {{"to", "+1"}}, "needs a body"},
        {"replies", {{"body", "x"}, {"count", "-1"}}, "whole numbers"},
        {"settings", {{"mps", "fast"}}, "segments a second"},
        {"settings", {{"latency", "80ms..20ms"}}, "neither like"},
        {"settings", {{"trial", "yes"}}, "neither true nor false"},
        {"settings", {{"queue", "x"}}, "no whole number"},
        {"settings", {{"speed", "2"}}, "unknown field"},
        {"faults", {{"kind", "lost"}, {"scope", "create"}}, "for scope=callback"},
        {"faults", {{"kind", "slow"}, {"scope", "callback"}}, "not for scope=callback"},
        {"faults", {{"kind", "slow"}, {"delay", "x"}}, "no duration"},
        {"faults", {{"kind", "slow"}, {"cuont", "1"}}, "unknown field"},
    }));
    DYNAMIC_SECTION(row.path << " " << http::encode_form(row.form))
    {
        const auto body = far_end.json(400, "POST", "/sim/" + row.path, row.form);
        CHECK_THAT(body["message"].get<std::string>(), Catch::Contains(row.words));
    }
}
