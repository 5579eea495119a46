#include "http/form.hpp"
#include "providers/twilio/signature.hpp"
#include "sim/identity.hpp"
#include "support/loopback_server.hpp"
#include "support/run_smsctl.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <functional>

using namespace smsctl;
using test::Home;
using test::LoopbackServer;
using test::Run;
using test::run_smsctl;

namespace {

LoopbackServer::Answer answer_with(int status, const std::string& body = {})
{
    return [=](const http::ServerRequest& /*request*/) {
        return http::ServerResponse{status, {}, body};
    };
}

/// A home whose one workspace signs with the simulator's well-known token.
void set_up()
{
    REQUIRE(run_smsctl({"workspace",
                        "add",
                        "dev",
                        "--provider",
                        "sim",
                        "--no-check",
                        "--from",
                        "+15005550006"})
                .exit == 0);
}

bool has_good_signature(const http::ServerRequest& request, const std::string& url)
{
    return providers::twilio::verify(url,
                                     http::decode_form(request.body),
                                     http::header(request.headers, "X-Twilio-Signature"),
                                     sim::default_auth_token);
}

} // namespace

TEST_CASE("trigger delivers a signed webhook and says what came back")
{
    const Home home;
    set_up();
    LoopbackServer application(answer_with(200, "<Response/>"));
    const std::string url = application.url("/hook");
    const Run run = run_smsctl({"trigger", "inbound.sms", "--url", url, "--set", "Body=a=b & c"});
    CHECK(run.exit == 0);
    const auto record = run.record();
    CHECK(record["object"] == "delivery");
    CHECK(record["id"].get<std::string>().starts_with("dlv_"));
    CHECK(record["http"] == 200);
    CHECK(record["ok"] == true);
    CHECK(record["signed"] == true);
    CHECK(record["body"] == "<Response/>");

    const auto request = application.requests().at(0);
    CHECK(has_good_signature(request, url));
    const http::Form form = http::decode_form(request.body);
    CHECK(http::first(form, "Body") == "a=b & c");
    CHECK(http::first(form, "To") == "+15005550006");
    CHECK(http::first(form, "MessageSid") == record["provider_id"].get<std::string>());
}

TEST_CASE("the exit code says whether the answer was the expected one")
{
    struct Row {
        int status;
        std::string expect;
        int exit;
    };
    const auto row = GENERATE(values<Row>({
        {204, "", 0},
        {403, "", 5},
        {403, "403", 0},
        {403, "400-499", 0},
        {200, "403", 5},
    }));
    DYNAMIC_SECTION(row.status << " expecting '" << row.expect << "'")
    {
        const Home home;
        set_up();
        LoopbackServer application(answer_with(row.status));
        std::vector<std::string> arguments{"trigger", "inbound.stop", "--url", application.url()};
        if (!row.expect.empty())
            arguments.insert(arguments.end(), {"--expect", row.expect});
        const Run run = run_smsctl(arguments);
        CHECK(run.exit == row.exit);
        CHECK(run.record()["ok"] == (row.exit == 0));
        CHECK(run.record()["http"] == row.status);
    }
}

TEST_CASE("nobody listening is unavailable")
{
    const Home home;
    set_up();
    const Run run = run_smsctl({"trigger",
                                "inbound.sms",
                                "--url",
                                fmt::format("http://127.0.0.1:{}/", test::closed_port())});
    CHECK(run.exit == 6);
    CHECK(run.record()["http"].is_null());
    CHECK(run.error()["code"] == "webhook.unreachable");
}

TEST_CASE("the signature is left out or spoilt on demand")
{
    const Home home;
    set_up();
    LoopbackServer application(answer_with(403));
    const auto option = GENERATE("--unsigned", "--bad-signature");
    const Run run = run_smsctl(
        {"trigger", "inbound.sms", option, "--expect", "403", "--url", application.url()});
    CHECK(run.exit == 0);
    CHECK(run.record()["signed"] == false);
    const auto request = application.requests().at(0);
    CHECK_FALSE(has_good_signature(request, application.url()));
    CHECK(http::header(request.headers, "X-Twilio-Signature").empty() ==
          (std::string(option) == "--unsigned"));
}

TEST_CASE("a status is about the message that --set names, or needs one that was sent")
{
    const Home home;
    set_up();
    LoopbackServer application(answer_with(204));
    const Run none = run_smsctl({"trigger", "status.sent", "--url", application.url()});
    CHECK(none.exit == 3);
    CHECK(none.error()["code"] == "not_found.message");
    const Run run = run_smsctl(
        {"trigger", "status.failed:30007", "--set", "MessageSid=SM1", "--url", application.url()});
    CHECK(run.exit == 0);
    const http::Form form = http::decode_form(application.requests().at(0).body);
    CHECK(http::first(form, "MessageSid") == "SM1");
    CHECK(http::first(form, "ErrorCode") == "30007");
    CHECK(http::first(form, "From") == "+15005550006");
}

TEST_CASE("--curl and -n send nothing, and neither shows the token")
{
    const Home home;
    set_up();
    LoopbackServer application(answer_with(204));
    const Run curl = run_smsctl({"trigger", "inbound.sms", "--curl", "--url", application.url()});
    CHECK(curl.exit == 0);
    CHECK_THAT(curl.out, Catch::StartsWith("curl "));
    const Run dry = run_smsctl({"trigger", "inbound.sms", "-n", "--url", application.url()});
    CHECK(dry.exit == 0);
    CHECK(dry.out.empty());
    CHECK_THAT(dry.err, Catch::Contains("Body="));
    CHECK(application.requests().empty());
    for (const std::string& text : {curl.out, curl.err, dry.err})
        CHECK_THAT(text, !Catch::Contains(std::string(sim::default_auth_token)));
}

TEST_CASE("trigger refuses what makes no sense, before it sends anything")
{
    struct Row {
        std::string name;
        std::vector<std::string> arguments;
        std::string hint_or_message;
    };
    const auto row = GENERATE(values<Row>({
        {"no type", {}, "--list"},
        {"an unknown type", {"inbound.smss"}, "did you mean inbound.sms"},
        {"an unknown field", {"inbound.sms", "--set", "Boddy=x"}, "Body"},
        {"no value", {"inbound.sms", "--set", "Body"}, "FIELD=VALUE"},
        {"no URL", {"inbound.sms", "--url", "nowhere"}, "nowhere"},
        {"no status", {"inbound.sms", "--expect", "yes"}, "--expect"},
        {"a range backwards", {"inbound.sms", "--expect", "499-400"}, "--expect"},
        {"two ways to sign", {"inbound.sms", "--unsigned", "--bad-signature"}, "together"},
        {"another host without --yes", {"inbound.sms", "--url", "http://192.0.2.1/"}, "--yes"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const Home home;
        set_up();
        std::vector<std::string> arguments{"trigger"};
        arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
        const Run run = run_smsctl(arguments);
        CHECK(run.exit == 2);
        CHECK(run.out.empty());
        CHECK_THAT(run.err, Catch::Contains(row.hint_or_message));
    }
}

TEST_CASE("--list shows every type without a workspace")
{
    const Home home;
    const auto types = run_smsctl({"trigger", "--list"}).records();
    REQUIRE(types.size() == 14);
    CHECK(types[0]["id"] == "inbound.sms");
    CHECK_FALSE(std::filesystem::exists(home.database()));
}
