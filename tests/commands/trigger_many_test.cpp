#include "commands/traffic.hpp"
#include "http/form.hpp"
#include "store/event_log.hpp"
#include "support/loopback_server.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <set>

using namespace smsctl;
using test::LoopbackServer;
using test::Run;
using test::run_smsctl;
using test::Traffic;

namespace {

const std::string sid_1 = "SM00000000000000000000000000000001";
const std::string token = "smsctl-test-token";

LoopbackServer::Answer answer_with(int status)
{
    return [=](const http::ServerRequest& /*request*/) {
        return http::ServerResponse{status, {}, ""};
    };
}

std::string field(const http::ServerRequest& request, std::string_view name)
{
    return std::string(http::first(http::decode_form(request.body), name));
}

/// One field of everything that came, in its order.
std::vector<std::string> fields(const LoopbackServer& server, std::string_view name)
{
    std::vector<std::string> values;
    for (const auto& request : server.requests())
        values.push_back(field(request, name));
    return values;
}

bool is_signed(const http::ServerRequest& request, const std::string& url)
{
    return providers::twilio::verify(url,
                                     http::decode_form(request.body),
                                     http::header(request.headers, "X-Twilio-Signature"),
                                     token);
}

std::string write_file(Traffic& traffic, const std::string& text)
{
    const std::string path = (traffic.home.path() / "hooks.jsonl").string();
    std::ofstream(path) << text;
    return path;
}

/// The seq's event id, as `tail` shows it.
std::string event_id(const std::string& kind)
{
    for (const auto& record : run_smsctl({"tail", "--kind", "event", "--last", "100"}).records())
        if (record["kind"] == kind)
            return record["id"];
    throw std::runtime_error("no such event");
}

} // namespace

TEST_CASE("a flow is about one message, in its order, a record each")
{
    struct Row {
        std::string flow;
        std::vector<std::string> statuses;
    };
    const auto row = GENERATE(values<Row>({
        {"flow.delivered", {"queued", "sent", "delivered"}},
        {"flow.failed:30007", {"queued", "failed"}},
        {"flow.reordered", {"delivered", "sent", "queued"}},
        {"flow.duplicated", {"queued", "queued", "sent", "sent", "delivered", "delivered"}},
    }));
    DYNAMIC_SECTION(row.flow)
    {
        Traffic traffic;
        traffic.add_sent(sid_1, sms::Status::accepted);
        LoopbackServer application(answer_with(204));
        const Run run = run_smsctl({"trigger", row.flow, "--url", application.url()});
        CHECK(run.exit == 0);
        CHECK(fields(application, "MessageStatus") == row.statuses);
        const auto sids = fields(application, "MessageSid");
        CHECK(std::set<std::string>(sids.begin(), sids.end()) == std::set{sid_1});
        const auto records = run.records();
        REQUIRE(records.size() == row.statuses.size());
        CHECK(records[0]["origin"] == row.flow);
        CHECK(records[0]["type"] == "status." + row.statuses[0]);
    }
}

TEST_CASE("--set To makes up a message where none was sent, else it takes the newest to it")
{
    Traffic traffic;
    LoopbackServer application(answer_with(204));
    const std::vector<std::string> flow{"trigger",
                                        "flow.reordered",
                                        "--set",
                                        "To=" + test::their_number,
                                        "--url",
                                        application.url()};
    CHECK(run_smsctl(flow).exit == 0);
    const auto made_up = fields(application, "MessageSid");
    REQUIRE(made_up.size() == 3);
    CHECK(made_up[0] == made_up[2]);
    CHECK(fields(application, "From")[0] == test::our_number);
    traffic.add_sent(sid_1, sms::Status::accepted);
    CHECK(run_smsctl(flow).exit == 0);
    CHECK(fields(application, "MessageSid").at(3) == sid_1);
}

TEST_CASE("--count makes each anew, --duplicate repeats the very request")
{
    Traffic traffic;
    LoopbackServer application(answer_with(200));
    const Run run = run_smsctl({"trigger",
                                "inbound.sms",
                                "--count",
                                "2",
                                "--duplicate",
                                "--interval",
                                "1ms",
                                "--url",
                                application.url()});
    CHECK(run.exit == 0);
    const auto requests = application.requests();
    REQUIRE(requests.size() == 4);
    const auto token_of = [](const http::ServerRequest& request) {
        return std::string(http::header(request.headers, "I-Twilio-Idempotency-Token"));
    };
    CHECK(requests[0].body == requests[1].body);
    CHECK(token_of(requests[0]) == token_of(requests[1]));
    CHECK(field(requests[1], "MessageSid") != field(requests[2], "MessageSid"));
    CHECK(token_of(requests[1]) != token_of(requests[2]));
    CHECK(requests[2].body == requests[3].body);
}

TEST_CASE("--shuffle changes the order and nothing else")
{
    Traffic traffic;
    std::string lines;
    std::multiset<std::string> expected;
    for (int i = 0; i < 60; ++i) {
        lines += fmt::format("Body={}&MessageSid=SM{}\n", i, i);
        expected.insert(std::to_string(i));
    }
    const std::string file = write_file(traffic, lines);
    LoopbackServer application(answer_with(200));
    CHECK(run_smsctl({"trigger", file, "--shuffle", "-q", "--url", application.url()}).exit == 0);
    const auto bodies = fields(application, "Body");
    CHECK(std::multiset<std::string>(bodies.begin(), bodies.end()) == expected);
    std::vector<std::string> in_order;
    for (int i = 0; i < 60; ++i)
        in_order.push_back(std::to_string(i));
    CHECK(bodies != in_order);
}

TEST_CASE("a file holds a webhook a line, forms byte for byte and JSON objects, signed afresh")
{
    Traffic traffic;
    const std::string file =
        write_file(traffic,
                   "Body=Hi%20there&Odd+Name=%e9%zz\n"
                   "\n"
                   R"({"MessageSid":"SM9","MessageStatus":"sent","ErrorCode":30003})"
                   "\n");
    LoopbackServer application(answer_with(200));
    const Run run = run_smsctl({"trigger", file, "--url", application.url()});
    CHECK(run.exit == 0);
    const auto requests = application.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].body == "Body=Hi%20there&Odd+Name=%e9%zz");
    CHECK(field(requests[1], "ErrorCode") == "30003");
    for (const auto& request : requests)
        CHECK(is_signed(request, application.url()));
    const auto records = run.records();
    CHECK(records[0]["type"] == "inbound.sms");
    CHECK(records[0]["origin"] == file);
    CHECK(records[1]["type"] == "status.sent");
    CHECK(records[1]["provider_id"] == "SM9");
}

TEST_CASE("stdin is a file too, and --set changes what it holds")
{
    Traffic traffic;
    LoopbackServer application(answer_with(200));
    const Run run =
        run_smsctl({"trigger", "-", "--set", "Body=changed", "--url", application.url()},
                   {.in = "{\n  \"Body\": \"Hi\",\n  \"From\": \"+15550100\"\n}\n"});
    CHECK(run.exit == 0);
    CHECK(run.record()["origin"] == "-");
    CHECK(fields(application, "Body") == std::vector<std::string>{"changed"});
    CHECK(fields(application, "From") == std::vector<std::string>{"+15550100"});
    const Run unknown = run_smsctl({"trigger", "-", "--set", "Boddy=x"}, {.in = "Body=Hi"});
    CHECK(unknown.exit == 2);
    CHECK(unknown.error()["code"] == "usage.trigger_field");
}

TEST_CASE("what is no webhook is refused with its line, and nothing is sent")
{
    struct Row {
        std::string text;
        std::string message;
    };
    const auto row = GENERATE(values<Row>({
        {"", "it holds no webhook"},
        {"[]", "it holds no webhook"},
        {"Body=Hi\nnonsense\n", "line 2: it is neither"},
        {"Body=Hi\n{\"a\":\n", "line 2: it is no JSON object"},
        {R"({"Body":["a"]})", "the value of Body is no text"},
        {"[1]", "it is no JSON object"},
    }));
    DYNAMIC_SECTION(row.text)
    {
        Traffic traffic;
        LoopbackServer application(answer_with(200));
        const Run run = run_smsctl({"trigger", "-", "--url", application.url()}, {.in = row.text});
        CHECK(run.exit == 2);
        CHECK_THAT(run.err, Catch::Contains(row.message));
        CHECK(application.requests().empty());
    }
}

TEST_CASE("an event is delivered once more, signed afresh, unless no webhook brought it")
{
    Traffic traffic;
    traffic.receive(sid_1, "Hi");
    LoopbackServer application(answer_with(200));
    const std::string id = event_id("message");
    const Run run = run_smsctl({"trigger", id, "--url", application.url("/hook")});
    CHECK(run.exit == 0);
    CHECK(run.record()["origin"] == id);
    const auto request = application.requests().at(0);
    CHECK(request.body == "Body=…");
    CHECK(is_signed(request, application.url("/hook")));

    CHECK(run_smsctl({"trigger", "evt_nowhere"}).exit == 3);
    sms::Event poll;
    poll.source = sms::EventSource::poll;
    poll.payload = "{}";
    store::Scope scope = traffic.scope();
    store::EventLog(scope).append(poll);
    const Run refused = run_smsctl({"trigger", poll.id});
    CHECK(refused.exit == 2);
    CHECK(refused.error()["code"] == "usage.trigger_event");
}

TEST_CASE("many exit as all do when they agree, else with 9")
{
    struct Row {
        std::string name;
        std::vector<int> statuses;
        int exit;
    };
    const auto row = GENERATE(values<Row>({
        {"all well", {200, 204, 299}, 0},
        {"all refused", {500, 403, 404}, 5},
        {"one refused", {200, 403, 200}, 9},
    }));
    DYNAMIC_SECTION(row.name)
    {
        Traffic traffic;
        traffic.add_sent(sid_1, sms::Status::accepted);
        std::atomic<std::size_t> next = 0;
        LoopbackServer application([&](const auto&) {
            return http::ServerResponse{row.statuses.at(next++), {}, ""};
        });
        const Run run = run_smsctl({"trigger", "flow.delivered", "--url", application.url()});
        CHECK(run.exit == row.exit);
        CHECK(run.records().size() == 3);
    }
    Traffic traffic;
    traffic.add_sent(sid_1, sms::Status::accepted);
    const Run nobody = run_smsctl({"trigger",
                                   "flow.delivered",
                                   "--url",
                                   fmt::format("http://127.0.0.1:{}/", test::closed_port())});
    CHECK(nobody.exit == 6);
    CHECK(nobody.records().size() == 3);
}

TEST_CASE("--timeout ends it between two deliveries")
{
    Traffic traffic;
    LoopbackServer application(answer_with(200));
    const Run run = run_smsctl({"trigger",
                                "inbound.sms",
                                "--count",
                                "3",
                                "--interval",
                                "1h",
                                "--timeout",
                                "300ms",
                                "--url",
                                application.url()});
    CHECK(run.exit == 8);
    CHECK(run.records().size() == 1);
}

TEST_CASE("--curl prints a line for each, without the token")
{
    Traffic traffic;
    traffic.add_sent(sid_1, sms::Status::accepted);
    const Run run = run_smsctl({"trigger", "flow.delivered", "--curl"});
    CHECK(run.exit == 0);
    CHECK(std::count(run.out.begin(), run.out.end(), '\n') == 3);
    CHECK_THAT(run.out, !Catch::Contains(token));
}

TEST_CASE("what Twilio cannot do, or makes no sense together, is a usage error")
{
    struct Row {
        std::vector<std::string> arguments;
        std::string code;
    };
    const auto row = GENERATE(values<Row>({
        {{"inbound.sms", "--stale"}, "usage.stale"},
        {{"inbound.sms", "--count", "0"}, "usage.value"},
        {{"inbound.sms", "--count", "10001"}, "usage.value"},
        {{"status.sent", "--via", "sim"}, "usage.via"},
        {{"inbound.sms", "--via", "sim", "--url", "http://127.0.0.1/"}, "usage.excludes"},
        {{"inbound.sms", "--via", "sim", "--duplicate"}, "usage.excludes"},
        {{"inbound.sms", "--via", "sim", "--set", "NumSegments=2"}, "usage.trigger_field"},
        {{"inbound.sms", "--via", "sim"}, "usage.api_base"},
        {{"no-such-file"}, "usage.trigger_type"},
    }));
    DYNAMIC_SECTION(fmt::format("{}", fmt::join(row.arguments, " ")))
    {
        Traffic traffic;
        std::vector<std::string> arguments{"trigger"};
        arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
        const Run run = run_smsctl(arguments);
        CHECK(run.exit == 2);
        CHECK(run.error()["code"] == row.code);
        CHECK(run.out.empty());
    }
}
