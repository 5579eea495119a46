#include "core/error.hpp"
#include "sim/scenario.hpp"
#include "support/loopback_server.hpp"
#include "support/running_sim.hpp"

using namespace smsctl;
using test::RunningSim;

namespace {

sim::SimulatorOptions with(const std::string& scenario)
{
    sim::SimulatorOptions options = RunningSim::fast();
    options.scenario = scenario;
    options.scenario_name = "friday.txt";
    return options;
}

} // namespace

TEST_CASE("a scenario is read line by line")
{
    const auto lines = sim::parse_scenario("# Friday\r\n"
                                           "\n"
                                           "  fault kind=lost percent=2   # two of a hundred\r\n"
                                           "reply body=\"a \\\"b\\\" # \\\\ \\n\" after=2m to=\n"
                                           "alone",
                                           "friday.txt");
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].number == 3);
    CHECK(lines[0].verb == "fault");
    CHECK(lines[0].fields == http::Form{{"kind", "lost"}, {"percent", "2"}});
    CHECK(lines[0].after == Millis(0));
    CHECK(lines[1].fields == http::Form{{"body", "a \"b\" # \\ \n"}, {"to", ""}});
    CHECK(lines[1].after == std::chrono::minutes(2));
    CHECK(lines[2].number == 5);
    CHECK(lines[2].fields.empty());
}

TEST_CASE("a line that cannot be read is named")
{
    struct Row {
        std::string line;
        std::string words;
    };
    const auto row = GENERATE(values<Row>({
        {"fault kind", "'kind' is no field"},
        {"fault =x", "'=x' is no field"},
        {"fault 3=x", "'3=x' is no field"},
        {"=x", "begins with no word"},
        {"fault=x", "a blank is missing before '=x'"},
        {"reply body=\"a", "has no end"},
        {"reply body=\"a\\", "backslash"},
        {"reply body=\"a\\t\"", "backslash"},
        {"reply body=\"a\"b", "a blank is missing before 'b'"},
        {"reply body=a\"b\"", "quote the whole value"},
        {"fault after=soon kind=lost", "after 'soon'"},
        {"fault after= kind=lost", "after ''"},
        {"reply body=\xFF", "UTF-8"},
    }));
    DYNAMIC_SECTION(row.line)
    {
        CHECK_THROWS_WITH(sim::parse_scenario("# one\n" + row.line + "\n", "friday.txt"),
                          Catch::StartsWith("friday.txt:2: ") && Catch::Contains(row.words));
    }
}

TEST_CASE("a scenario that makes no sense is refused with its line, before anything is done")
{
    struct Row {
        std::string line;
        std::string words;
    };
    const auto row = GENERATE(values<Row>({
        {"wait length=3s", "'wait' is no word"},
        {"fault kind=sudden", "kind 'sudden' is unknown"},
        {"fault kind=lost cuont=3", "unknown field 'cuont'"},
        {"fault after=5s kind=lost percent=x", "percent 'x'"},
        {"outcome status=gone", "not one of"},
        {"reply to=+14155552671", "needs a body"},
        {"set mps=fast", "mps 'fast'"},
        {"call From=+14155552671 To=+14155559999", "neither From nor To"},
        {"inbound From=+14155552671 To=+14155559999", "no number of this account"},
        {"inbound From=+14155552671 To=+14155550100 Text=x", "unknown field 'Text'"},
    }));
    DYNAMIC_SECTION(row.line)
    {
        CHECK_THROWS_WITH(RunningSim(with("set mps=1\n" + row.line)),
                          Catch::StartsWith("friday.txt:2: ") && Catch::Contains(row.words));
        RunningSim far_end;
        http::Request request = far_end.request("POST", "/sim/scenario");
        request.body = "set mps=1\n" + row.line;
        http::Client client("test");
        const auto result = client.perform(request);
        REQUIRE(std::holds_alternative<http::Response>(result));
        CHECK(std::get<http::Response>(result).status == 400);
        CHECK(far_end.state()["settings"]["mps"] == 0);
    }
}

TEST_CASE("a scenario is in force from the start, and its later lines when their time comes")
{
    RunningSim far_end(with("set latency=1ms..3ms\n"
                            "fault kind=refuse_429 retry_after=2\n"
                            "outcome to=+14155552671 status=undelivered code=30005\n"
                            "call From=+14155552671 To=+14155550100 Duration=5\n"
                            "inbound From=+14155552672 To=+14155550100 Body=\"a b\"\n"
                            "inbound after=1s From=+14155552672 To=+14155550100 Body=later\n"));
    const http::Form usual{{"To", "+14155552671"}, {"From", "+15005550006"}, {"Body", "hello"}};
    const auto refused = far_end.ask("POST", far_end.path("/Messages.json"), usual);
    CHECK(refused.status == 429);
    CHECK(http::header(refused.headers, "Retry-After") == "2");
    const std::string sid = far_end.create(usual)["sid"];
    CHECK(far_end.wait_for(sid, "undelivered")["error_code"] == 30005);
    CHECK(far_end.state()["calls"][0]["duration"] == "5");
    CHECK(far_end.state()["messages"][0]["body"] == "a b");

    const auto until = std::chrono::steady_clock::now() + test::patience; // 50 ms at this speed
    auto state = far_end.state();
    while (state["messages"].size() < 3 && std::chrono::steady_clock::now() < until)
        state = far_end.state();
    CHECK(state["messages"].back()["body"] == "later");
}

TEST_CASE("the same scenario, seed and requests give the same answers")
{
    const auto answers = [](std::uint64_t seed) {
        sim::SimulatorOptions options = with("fault kind=error_500_after percent=30\n"
                                             "fault kind=refuse_429 percent=30\n");
        options.seed = seed;
        RunningSim far_end(options);
        std::vector<int> statuses;
        for (int i = 0; i < 40; ++i)
            statuses.push_back(
                far_end
                    .ask("POST",
                         far_end.path("/Messages.json"),
                         {{"To", "+14155552671"}, {"From", "+15005550006"}, {"Body", "x"}})
                    .status);
        return statuses;
    };
    CHECK(answers(3) == answers(3));
    CHECK(answers(3) != answers(4));
}

TEST_CASE("what nobody expects is answered on demand")
{
    RunningSim far_end(
        with("fault kind=extra_field scope=read\nfault kind=unknown_status\n"
             "fault kind=refuse_401 scope=read\nfault kind=slow scope=read delay=40ms\n"));
    const http::Form usual{{"To", "+14155552671"}, {"From", "+15005550006"}, {"Body", "hello"}};
    const auto made = far_end.create(usual);
    CHECK(made["status"] == "pondering");
    const std::string list = far_end.path("/Messages.json");
    CHECK(far_end.json(200, "GET", list)["messages"][0].contains("x_new"));
    CHECK(far_end.json(401, "GET", list)["code"] == 20003);
    const auto slow = far_end.ask("GET", list);
    CHECK(http::header(slow.headers, "Twilio-Request-Duration") == "0.002"); // at twenty's speed
    CHECK(far_end.json(200, "GET", list)["messages"][0]["status"] != "pondering");
}
