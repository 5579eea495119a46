#include "commands/doctor_checks.hpp"
#include "commands/doctor_world.hpp"
#include "core/time_text.hpp"
#include "store/removals.hpp"
#include "support/fake_clock.hpp"

#include <filesystem>
#include <functional>

using namespace smsctl;
using namespace smsctl::test::doctor_world;
using output::CheckStatus;
using test::Run;
using test::run_smsctl;

TEST_CASE("doctor looks at everything and exits 0 when all is well")
{
    World world;
    world.far_end.date = text::rfc2822(SystemClock().now());
    const Run run = doctor();
    INFO(run.out << run.err);
    CHECK(run.exit == 0);
    for (const std::string name : {"modes",
                                   "space",
                                   "database",
                                   "schema",
                                   "integrity",
                                   "secrets",
                                   "signatures",
                                   "clock",
                                   "credentials",
                                   "sender",
                                   "webhooks",
                                   "leftovers",
                                   "stuck",
                                   "in_doubt"}) {
        const auto record = check(run, name);
        CHECK(record["status"] == "ok");
        CHECK(record["fix"].is_null());
    }
    CHECK(check(run, "credentials")["id"] == "prod/credentials");
}

TEST_CASE("doctor names what is wrong, and what to type")
{
    struct Row {
        std::string name;
        std::function<void(World&)> harm;
        std::string check;
        std::string message;
        std::string fix;
        int exit;
    };
    const auto now = SystemClock().now();
    const auto row = GENERATE_COPY(values<Row>({
        {"a clock that is ahead",
         [=](World& world) { world.far_end.date = text::rfc2822(now - std::chrono::hours(1)); },
         "clock",
         "ahead of",
         "timedatectl",
         9},
        {"a clock that is behind",
         [=](World& world) { world.far_end.date = text::rfc2822(now + std::chrono::hours(1)); },
         "clock",
         "behind",
         "timedatectl",
         9},
        {"credentials that are refused",
         [](World& world) { world.far_end.status = 401; },
         "credentials",
         "",
         "",
         4},
        {"a sender of somebody else",
         [](World& world) { world.set({"from=+14155552671"}); },
         "sender",
         "does not own +14155552671",
         "workspace set prod from=",
         9},
        {"a sender that cannot text",
         [](World& world) {
             world.far_end.number.replace(
                 world.far_end.number.find("\"sms\":true"), 10, "\"sms\":false");
         },
         "sender",
         "cannot text",
         "workspace set prod from=",
         9},
        {"a webhook that points elsewhere",
         [](World& world) { world.set({"public-url=https://other.example.com"}); },
         "webhooks",
         "points at https://sms.example.com/",
         "number set +15550199 webhook=https://other.example.com/",
         9},
        {"a webhook at a longer name",
         [](World& world) { world.set({"public-url=https://sms.example.co"}); },
         "webhooks",
         "points at https://sms.example.com/",
         "number set",
         9},
        {"a send in doubt",
         [](World& world) {
             world.traffic.add_sent("SM00000000000000000000000000000001", sms::Status::in_doubt);
         },
         "in_doubt",
         "of 1 send",
         "smsctl reconcile -w prod",
         7},
        {"a removal that was cut off",
         [](World& world) {
             const auto message = world.traffic.add_sent("SM00000000000000000000000000000001",
                                                         sms::Status::delivered);
             store::Scope scope = world.traffic.scope();
             store::Removals(scope).begin(message.row, store::RemovalVerb::redact, test::noon);
         },
         "stuck",
         "redacted at the provider, which was cut off",
         "message redact msg_",
         9},
        {"a missing index",
         [](World& world) { world.sql("DROP INDEX messages_recent"); },
         "schema",
         "messages_recent is missing",
         "smsctl doctor --fix",
         12},
        {"a trigger of somebody",
         [](World& world) {
             world.sql("CREATE TRIGGER spy AFTER INSERT ON contacts BEGIN SELECT 1; END");
         },
         "schema",
         "spy",
         "restore a backup",
         12},
    }));
    DYNAMIC_SECTION(row.name)
    {
        World world;
        row.harm(world);
        const Run run = doctor();
        INFO(run.out << run.err);
        CHECK(run.exit == row.exit);
        const auto record = check(run, row.check);
        CHECK(record["status"] == "failed");
        CHECK(record["message"].get<std::string>().find(row.message) != std::string::npos);
        REQUIRE(record["fix"].is_string());
        CHECK(record["fix"].get<std::string>().find(row.fix) != std::string::npos);
        CHECK(failed(run) == std::vector<std::string>{row.check});
    }
}

TEST_CASE("doctor says that a provider does not answer, and asks none when told so")
{
    World world;
    world.set({"api-base=http://127.0.0.1:1"});
    const Run run = doctor();
    CHECK(run.exit == 6);
    CHECK(check(run, "clock")["status"] == "failed");
    CHECK(check(run, "credentials")["status"] == "failed");
    const Run offline = doctor({"--offline"});
    CHECK(offline.exit == 0);
    CHECK(check(offline, "credentials")["status"] == "skipped");
}

TEST_CASE("doctor says that a secret cannot be read")
{
    World world;
    const test::EnvVar token("TEST_TOKEN", "");
    const Run run = doctor();
    CHECK(run.exit == 4);
    CHECK(check(run, "secrets")["status"] == "failed");
    CHECK(check(run, "secrets")["message"].get<std::string>().find("TEST_TOKEN") !=
          std::string::npos);
    CHECK(check(run, "credentials")["status"] == "skipped");
}

TEST_CASE("doctor narrows modes when it is to fix them")
{
    using std::filesystem::perms;
    World world;
    const auto file = world.traffic.home.database();
    const auto folder = file.parent_path();
    std::filesystem::permissions(file, perms::owner_read | perms::owner_write | perms::others_read);
    std::filesystem::permissions(folder, perms::owner_all | perms::group_write);
    const Run run = doctor({"--offline"});
    CHECK(run.exit == 9);
    CHECK(failed(run) == std::vector<std::string>{"modes", "modes"});
    CHECK(check(run, "modes")["fix"] == "chmod 700 " + folder.string());
    const Run fixed = doctor({"--offline", "--fix"});
    CHECK(fixed.exit == 0);
    CHECK(check(fixed, "modes")["status"] == "fixed");
    CHECK((std::filesystem::status(file).permissions() & perms::others_all) == perms::none);
    CHECK(check(doctor({"--offline"}), "modes")["status"] == "ok");
}

TEST_CASE("doctor mends counters and indexes")
{
    World world;
    world.traffic.receive("SM00000000000000000000000000000001", "text");
    world.sql("UPDATE conversations SET message_count = 9; DROP INDEX messages_recent");
    CHECK(doctor({"--offline"}).exit == 12);
    const Run fixed = doctor({"--offline", "--fix"});
    CHECK(fixed.exit == 0);
    CHECK(check(fixed, "integrity")["status"] == "fixed");
    CHECK(check(fixed, "schema")["status"] == "fixed");
    CHECK(doctor({"--offline"}).exit == 0);
    CHECK(run_smsctl({"inbox"}).record()["message_count"] == 1);
}

TEST_CASE("doctor without a database or workspace says how to begin")
{
    const test::Home home;
    const Run none = doctor();
    CHECK(none.exit == 3);
    CHECK(check(none, "database")["status"] == "failed");
    CHECK_FALSE(std::filesystem::exists(home.database()));
    std::filesystem::create_directories(home.database().parent_path());
    CHECK(doctor({"--fix", "-n"}).exit == 2);
}

TEST_CASE("doctor on a terminal never cuts what to type")
{
    World world;
    world.set({"public-url=https://a-rather-long-name.of-a-host.example.com"});
    const Run run = run_smsctl({"doctor"}, test::Surroundings::terminal());
    CHECK(run.out.find("type: smsctl number set +15550199 "
                       "webhook=https://a-rather-long-name.of-a-host.example.com/ -w prod\n") !=
          std::string::npos);
    CHECK(run.err.find("1 of") != std::string::npos);
    CHECK(run_smsctl({"doctor", "-q"}, test::Surroundings::terminal()).out.empty());
}

TEST_CASE("space is judged by what is free and what a backup takes")
{
    constexpr std::uintmax_t mebi = 1U << 20U;
    CHECK(judge_space(10 * mebi, 0).status == CheckStatus::failed);
    CHECK(judge_space(10 * mebi, 0).exit == Exit::storage);
    CHECK(judge_space(200 * mebi, 190 * mebi).status == CheckStatus::warning);
    CHECK(judge_space(300 * mebi, 190 * mebi).status == CheckStatus::ok);
}

TEST_CASE("a clock is judged only by a time")
{
    CHECK(judge_clock("", test::noon).status == CheckStatus::skipped);
    CHECK(judge_clock("yesterday", test::noon).status == CheckStatus::skipped);
    CHECK(judge_clock("Mon, 02 Mar 2026 10:11:12 GMT", test::noon).status == CheckStatus::ok);
    CHECK(judge_clock("Mon, 02 Mar 2026 10:10:00 GMT", test::noon).status == CheckStatus::failed);
}
