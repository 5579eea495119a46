#include "commands/listening.hpp"
#include "core/text.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iterator>

using namespace smsctl;
using test::Listening;
using test::LoopbackServer;
using test::Run;
using test::run_smsctl;
using test::sid_1;
using test::sid_2;
using test::Traffic;

namespace {

http::ServerResponse answering(int status, const std::string& body = {})
{
    return {status, {{"Content-Type", "text/xml"}}, body};
}

std::string read(const std::filesystem::path& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The events of all workspaces' webhooks, in order.
std::vector<nlohmann::ordered_json> events()
{
    return run_smsctl({"tail", "--kind", "event", "--last", "100"}).records();
}

} // namespace

TEST_CASE("listen --forward-to ends once the awaited event is forwarded, and shows that it was")
{
    Traffic traffic;
    LoopbackServer application(
        [](const http::ServerRequest&) { return answering(201, "<Response>Hi</Response>"); });
    Listening listening(traffic,
                        {"--forward-to", application.url("/sms"), "--once", "--timeout", "20s"});
    const http::Response answer = listening.answer_to(sid_1, "Hello");
    CHECK(answer.status == 201);
    CHECK(answer.body == "<Response>Hi</Response>");
    const Run run = listening.result();
    CHECK(run.exit == 0);
    CHECK(run.record()["body"] == "Hello");
    REQUIRE(application.requests().size() == 1);
    const std::string event_id(
        http::header(application.requests().front().headers, "X-Smsctl-Event"));
    const auto event = run_smsctl({"message", "show", event_id}).record();
    CHECK(event["forward"]["state"] == "done");
    CHECK(event["forward"]["url"] == application.url("/sms"));
    CHECK(event["forward"]["status"] == 201);
    CHECK(event["forward"]["attempts"] == 1);
    CHECK(event["forward"]["next_try_at"].is_null());
    const Run shown = run_smsctl({"message", "show", sid_1}, test::Surroundings::terminal());
    CHECK_THAT(shown.out, Catch::Contains("FORWARD") && Catch::Contains("done"));
}

TEST_CASE("what an application never takes is exit 6, and 9 when it took some")
{
    Traffic traffic;
    LoopbackServer application([](const http::ServerRequest& request) {
        return answering(request.body.find("bad") == std::string::npos ? 200 : 500);
    });
    const bool some = GENERATE(false, true);
    Listening listening(traffic,
                        {"--forward-to",
                         application.url(),
                         "--retries",
                         "0",
                         "--count",
                         some ? "2" : "1",
                         "--timeout",
                         "20s"});
    CHECK(listening.receive(sid_1, "bad") == 200);
    if (some)
        CHECK(listening.receive(sid_2, "good") == 200);
    const Run run = listening.result();
    CHECK(run.exit == (some ? 9 : 6));
    CHECK(run.error()["code"] == "forward.given_up");
    CHECK_THAT(run.err, Catch::Contains("given up after 1 tries: answered 500"));
    CHECK(events().front()["forward"]["state"] == "given_up");
    CHECK(events().front()["forward"]["error"] == "answered 500");
}

TEST_CASE("what is not forwarded yet is exit 8 and the next listener's, to the URL given then")
{
    Traffic traffic;
    {
        const std::string nobody = fmt::format("http://127.0.0.1:{}/", test::closed_port());
        Listening listening(traffic, {"--forward-to", nobody, "--once", "--timeout", "1s"});
        CHECK(listening.receive(sid_1, "first") == 200);
        const Run run = listening.result();
        CHECK(run.exit == 8);
        CHECK_THAT(run.error()["message"].get<std::string>(),
                   Catch::Contains("not forwarded yet") || Catch::Contains("did not reach"));
        CHECK(events().front()["forward"]["state"] == "waiting");
        CHECK(events().front()["forward"]["status"].is_null());
    }
    LoopbackServer application([](const http::ServerRequest&) { return answering(200); });
    Listening listening(traffic, {"--forward-to", application.url(), "--once", "--timeout", "20s"});
    REQUIRE(application.wait_for_requests(1));
    CHECK(http::first(http::decode_form(application.requests().front().body), "Body") == "first");
    CHECK(listening.receive(sid_2, "second") == 200);
    CHECK(listening.result().exit == 0);
    CHECK(application.requests().size() == 2);
    CHECK(events().front()["forward"]["url"] == application.url());
    CHECK(events().front()["forward"]["state"] == "done");
}

TEST_CASE("on a terminal each event and each answer of the application is a line")
{
    Traffic traffic;
    LoopbackServer application([](const http::ServerRequest&) { return answering(200); });
    Listening listening(traffic,
                        {"--forward-to", application.url("/sms"), "--once", "--timeout", "20s"},
                        test::Surroundings::terminal());
    CHECK(listening.receive(sid_1, "Hello") == 200);
    const Run run = listening.result();
    CHECK(run.exit == 0);
    const std::string event_id = events().front()["id"].get<std::string>();
    CHECK_THAT(run.err,
               Catch::Contains(fmt::format("--> inbound.sms {} → {} \"Hello\" [{}]\n",
                                           test::their_number,
                                           test::our_number,
                                           event_id)));
    CHECK_THAT(run.err,
               Catch::Contains(
                   fmt::format("<-- [200] POST {} [{}]\n", application.url("/sms"), event_id)));
    CHECK_THAT(run.err, Catch::Contains("forwarding to " + application.url("/sms")));
}

TEST_CASE("listen --exec runs a command with the record on stdin, and no credential around it")
{
    Traffic traffic;
    const test::EnvVar token("TWILIO_AUTH_TOKEN", "hidden");
    const test::EnvVar account("TWILIO_ACCOUNT_SID", traffic.account_id.c_str());
    const std::string folder = traffic.home.path().string();
    std::ofstream(folder + "/script") << "cat > \"$1/stdin\"; env > \"$1/env\"; echo to the log";
    Listening listening(
        traffic,
        {"--exec", fmt::format("sh '{0}/script' \"{0}\"", folder), "--once", "--timeout", "20s"});
    CHECK(listening.receive(sid_1, "Hi `id`; $HOME") == 200);
    const Run run = listening.result();
    CHECK(run.exit == 0);
    CHECK(run.records().size() == 1); // the command's output is not ours
    CHECK(nlohmann::ordered_json::parse(read(folder + "/stdin")) == run.record());
    const std::string environment = "\n" + read(folder + "/env");
    const auto event = events().front();
    for (const std::string& line : {std::string("SMSCTL_BODY=Hi `id`; $HOME"),
                                    "SMSCTL_FROM=" + test::their_number,
                                    "SMSCTL_TO=" + test::our_number,
                                    std::string("SMSCTL_TYPE=inbound.sms"),
                                    "SMSCTL_MESSAGE=" + run.record()["id"].get<std::string>(),
                                    "SMSCTL_EVENT=" + event["id"].get<std::string>(),
                                    std::string("SMSCTL_WORKSPACE=prod"),
                                    "SMSCTL_DB=" + traffic.home.database().string(),
                                    "TWILIO_ACCOUNT_SID=" + traffic.account_id})
        CHECK_THAT(environment, Catch::Contains("\n" + line + "\n"));
    CHECK(environment.find("hidden") == std::string::npos);
    CHECK(environment.find("smsctl-test-token") == std::string::npos);
}

TEST_CASE("a command that fails is a warning, and a repeat runs none")
{
    Traffic traffic;
    Listening listening(traffic, {"--exec", "false", "--count", "2", "--timeout", "20s"});
    CHECK(listening.receive(sid_1, "one") == 200);
    CHECK(listening.receive(sid_1, "one") == 200);
    CHECK(listening.receive(sid_2, "two") == 200);
    const Run run = listening.result();
    CHECK(run.exit == 0);
    CHECK(run.records().size() == 2);
    std::size_t warnings = 0;
    for (const std::string_view line : text::split(run.err, '\n'))
        warnings += line.find("smsctl: --exec: false for evt_") == 0 ? 1 : 0;
    CHECK(warnings == 2);
}

TEST_CASE("a command runs after its event was told to the application")
{
    Traffic traffic;
    const std::string marker = (traffic.home.path() / "ran").string();
    bool ran_before = false;
    LoopbackServer application([&](const http::ServerRequest&) {
        ran_before = ran_before || std::filesystem::exists(marker);
        return answering(200);
    });
    Listening listening(traffic,
                        {"--forward-to",
                         application.url(),
                         "--exec",
                         "touch " + marker,
                         "--once",
                         "--timeout",
                         "20s"});
    CHECK(listening.receive(sid_1, "Hello") == 200);
    CHECK(listening.result().exit == 0);
    CHECK(std::filesystem::exists(marker));
    CHECK_FALSE(ran_before);
}
