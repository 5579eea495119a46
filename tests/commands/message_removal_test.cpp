#include "commands/traffic.hpp"
#include "store/event_log.hpp"
#include "store/message_search.hpp"
#include "support/loopback_server.hpp"

#include <catch2/catch.hpp>

using smsctl::test::Run;
using smsctl::test::run_smsctl;
using smsctl::test::Surroundings;
using smsctl::test::their_number;
using smsctl::test::Traffic;

namespace {

const std::string inbound_sid = "SM00000000000000000000000000000001";
const std::string outbound_sid = "SM00000000000000000000000000000002";
const std::string open_sid = "SM00000000000000000000000000000003";

struct World : Traffic {
    World()
    {
        receive(inbound_sid, "my secret");
        add_sent(outbound_sid, smsctl::sms::Status::delivered);
        add_sent(open_sid, smsctl::sms::Status::queued);
    }
};

std::size_t stored()
{
    return run_smsctl({"message", "list"}).records().size();
}

} // namespace

TEST_CASE("message redact empties what it is given and prints it")
{
    const World world;
    const Run run = run_smsctl({"message", "redact", inbound_sid, outbound_sid});
    CHECK(run.exit == 0);
    REQUIRE(run.records().size() == 2);
    for (const auto& record : run.records()) {
        CHECK(record["body"] == "");
        CHECK(record["redacted_at"].is_string());
    }
    CHECK(run_smsctl({"message", "show", inbound_sid}).record()["body"] == "");
    CHECK(run_smsctl({"message", "search", "secret"}).records().empty());
    CHECK(run_smsctl({"message", "list", "--with", their_number}).records().size() == 3);
}

TEST_CASE("message redact and rm touch nothing when one reference must stay, or with -n")
{
    const World world;
    for (const std::string verb : {"redact", "rm"}) {
        const Run refused = run_smsctl({"message", verb, inbound_sid, open_sid});
        CHECK(refused.exit == 11);
        CHECK(refused.error()["code"] == "blocked.in_use");
        CHECK(refused.error()["message"].get<std::string>().find("queued") != std::string::npos);
        CHECK(refused.out.empty());
        CHECK(
            run_smsctl({"message", verb, inbound_sid, "SM000000000000000000000000000000ff"}).exit ==
            3);
        const Run dry = run_smsctl({"message", verb, inbound_sid, "-n"});
        CHECK(dry.exit == 0);
        CHECK(dry.record()["body"] == "my secret");
        CHECK(run_smsctl({"message", "show", inbound_sid}).record()["body"] == "my secret");
    }
}

TEST_CASE("message rm takes messages away and says which")
{
    const World world;
    const Run run = run_smsctl({"message", "rm", inbound_sid});
    CHECK(run.exit == 0);
    CHECK(run.record()["provider_id"] == inbound_sid);
    CHECK(run_smsctl({"message", "show", inbound_sid}).exit == 3);
    CHECK(stored() == 2);
    CHECK(run_smsctl({"inbox"}).record()["message_count"] == 2);
    CHECK(run_smsctl({"message", "rm", outbound_sid, outbound_sid}).records().size() == 1);
    CHECK(stored() == 1);
}

TEST_CASE("message rm --older-than asks for the number of messages")
{
    World world;
    const std::vector<std::string> command{"message", "rm", "--older-than", "0s"};
    const auto with = [&](const std::vector<std::string>& more) {
        std::vector<std::string> all = command;
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    CHECK(run_smsctl(command).exit == 2);
    CHECK(run_smsctl(command).error()["code"] == "usage.confirmation");
    CHECK(run_smsctl(command, Surroundings::terminal("3\n")).exit == 2);
    CHECK(run_smsctl(with({"-n"})).err.find("2 messages") != std::string::npos);
    CHECK(stored() == 3);
    SECTION("typed")
    {
        const Run run = run_smsctl(command, Surroundings::terminal("2\n"));
        CHECK(run.exit == 0);
        CHECK(run.err.find("2 messages removed") != std::string::npos);
        CHECK(stored() == 1);
    }
    SECTION("--yes")
    {
        const Run run = run_smsctl(with({"--yes"}));
        CHECK(run.exit == 0);
        CHECK(run.records().size() == 2);
        CHECK(stored() == 1);
        CHECK(run_smsctl(with({"--yes"})).records().empty());
    }
    SECTION("younger ones stay")
    {
        const Run run = run_smsctl({"message", "rm", "--older-than", "1h", "--yes"});
        CHECK(run.exit == 0);
        CHECK(run.out.empty());
        CHECK(stored() == 3);
    }
}

TEST_CASE("message rm wants references or an age, and --remote a confirmation")
{
    const World world;
    CHECK(run_smsctl({"message", "rm"}).exit == 2);
    CHECK(run_smsctl({"message", "rm", inbound_sid, "--older-than", "1h"}).exit == 2);
    const Run run = run_smsctl({"message", "rm", inbound_sid, "--remote"});
    CHECK(run.exit == 2);
    CHECK(run.error()["code"] == "usage.confirmation");
    CHECK(stored() == 3);
}

TEST_CASE("message rm --remote says what is gone and what is left where the provider refuses one")
{
    const World world;
    smsctl::test::LoopbackServer far_end([](const smsctl::http::ServerRequest& request) {
        const bool is_inbound = request.target.find(inbound_sid) != std::string::npos;
        return smsctl::http::ServerResponse{is_inbound ? 204 : 400, {}, "{}"};
    });
    REQUIRE(run_smsctl({"workspace", "set", "prod", "api-base=" + far_end.url("")}).exit == 0);
    const auto left = run_smsctl({"message", "show", outbound_sid}).record()["id"];
    const Run run = run_smsctl({"message", "rm", inbound_sid, outbound_sid, "--remote", "--yes"});
    CHECK(run.exit == 5);
    REQUIRE(run.records().size() == 1);
    CHECK(run.record()["provider_id"] == inbound_sid);
    CHECK(run.error()["hint"] == "smsctl message rm " + left.get<std::string>() + " --remote");
    CHECK(run.error()["provider"]["http"] == 400);
    CHECK(stored() == 2);
}

TEST_CASE("message show --verify says that a redacted message's request is gone")
{
    World world;
    smsctl::store::Scope scope = world.scope();
    const auto events = smsctl::store::EventLog(scope).list({});
    REQUIRE(run_smsctl({"message", "redact", inbound_sid}).exit == 0);
    const auto record = run_smsctl({"message", "show", events.front().id, "--verify"}).record();
    CHECK(record["verified"].is_null());
    CHECK(record["reason"].get<std::string>().find("redacted") != std::string::npos);
}
