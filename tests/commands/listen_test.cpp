#include "commands/listening.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace smsctl;
using test::Listening;
using test::Run;
using test::run_smsctl;
using test::sid_1;
using test::sid_2;
using test::Traffic;
using test::wait_for_ready;

TEST_CASE("listen --once prints one record, has it stored and exits 0")
{
    Traffic traffic;
    Listening listening(traffic, {"--once", "--timeout", "20s"});
    CHECK(listening.receive(sid_1, "Hello") == 200);
    const Run run = listening.result();
    CHECK(run.exit == 0);
    const auto record = run.record();
    CHECK(record["object"] == "message");
    CHECK(record["body"] == "Hello");
    CHECK(record["workspace"] == "prod");
    CHECK(record["seq"].get<int>() > 0);
    CHECK(run_smsctl({"tail"}).record()["id"] == record["id"]);
}

TEST_CASE("listen --match waits for the record that fits; refused and repeated ones do not count")
{
    Traffic traffic;
    Listening listening(traffic,
                        {"--once",
                         "--match",
                         R"(body~\b[0-9]{6}\b)",
                         "--match",
                         "direction=inbound",
                         "--print",
                         "{{body}}",
                         "--timeout",
                         "20s"});
    CHECK(listening.receive(sid_1, "Hello") == 200);
    CHECK(listening.receive(sid_1, "code 111111") == 200); // a repeat of another text
    CHECK(listening.receive(sid_2, "code 222222", "guessed") == 403);
    CHECK(listening.receive(sid_2, "code 333333") == 200);
    const Run run = listening.result();
    CHECK(run.exit == 0);
    CHECK(run.out == "code 333333\n");
}

TEST_CASE("listen --count counts texts and status changes alike")
{
    Traffic traffic;
    traffic.add_sent(sid_1, sms::Status::queued);
    Listening listening(traffic, {"--count", "2", "--timeout", "20s"});
    CHECK(listening.report(sid_1, "sent") == 200);
    CHECK(listening.report(sid_1, "sent") == 200);
    CHECK(listening.receive(sid_2, "Hello") == 200);
    const Run run = listening.result();
    CHECK(run.exit == 0);
    const auto records = run.records();
    REQUIRE(records.size() == 2);
    CHECK(records[0]["object"] == "event");
    CHECK(records[0]["status"] == "sent");
    CHECK(records[1]["object"] == "message");
}

TEST_CASE("listen without an end prints whatever comes until --timeout, which is exit 8")
{
    Traffic traffic;
    Listening listening(traffic, {"--timeout", "3s"});
    CHECK(listening.receive(sid_1, "Hello", "guessed") == 403);
    CHECK(listening.receive(sid_1, "Hello") == 200);
    const Run run = listening.result();
    CHECK(run.exit == 8);
    const auto records = run.records();
    REQUIRE(records.size() == 2);
    CHECK(records[0]["object"] == "event");
    CHECK(records[0]["kind"] == "refused");
    CHECK(records[0]["reason"].get<std::string>().find("signature") != std::string::npos);
    CHECK(records[1]["object"] == "message");
}

TEST_CASE("what listen refuses to begin with")
{
    struct Case {
        std::string name;
        std::vector<std::string> arguments;
        std::string code;
    };
    const auto& row = GENERATE(values<Case>({
        {"a Unix socket without a path", {"--addr", "unix:"}, "usage.addr"},
        {"a descriptor that is no socket", {"--addr", "fd:x"}, "usage.addr"},
        {"a certificate without a key", {"--tls-cert", "cert.pem"}, "usage.requires"},
        {"a number nobody could be reached at",
         {"--addr", "127.0.0.1:0", "--point", "+15550199"},
         "usage.point"},
        {"a number pointed at where the provider cannot come",
         {"--addr",
          "127.0.0.1:0",
          "--point",
          "+15550199",
          "--public-url",
          "http://127.0.0.1:8787/"},
         "usage.point"},
        {"a number pointed at texts in the clear",
         {"--addr", "127.0.0.1:0", "--point", "+15550199", "--public-url", "http://sms.example/"},
         "usage.point"},
        {"an address that is none", {"--addr", "nowhere"}, "usage.addr"},
        {"a path without a slash", {"--path", "hook"}, "usage.path"},
        {"waiting for nothing", {"--count", "0"}, "usage.value"},
        {"a field no record has", {"--once", "--match", "bdy=x"}, "usage.fields"},
        {"unsigned requests from everywhere",
         {"--addr", "0.0.0.0:0", "--allow-unsigned"},
         "usage.allow_unsigned"},
        {"unsigned requests through a tunnel",
         {"--addr", "127.0.0.1:0", "--allow-unsigned", "--public-url", "https://sms.example"},
         "usage.allow_unsigned"},
        {"a public URL that is none", {"--public-url", "foo"}, "usage.setting"},
        {"an application that is no URL", {"--forward-to", "localhost:3000"}, "usage.forward_to"},
        {"a password that would be shown",
         {"--forward-to", "http://a:b@127.0.0.1/"},
         "usage.forward_to"},
        {"tries for nobody", {"--retries", "3"}, "usage.requires"},
        {"a command with an open quote", {"--exec", "sh -c 'x"}, "usage.exec"},
        {"no command at a time", {"--exec", "true", "--max-procs", "0"}, "usage.value"},
        {"a database in memory", {"--db", ":memory:"}, "usage.db"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const Traffic traffic;
        std::vector<std::string> arguments = {"listen", "--timeout", "20s"};
        arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
        const Run run = run_smsctl(arguments);
        CHECK(run.exit == 2);
        CHECK(run.error()["code"] == row.code);
    }
}

TEST_CASE("SIGTERM ends listen with 0, and with 8 while something is awaited")
{
    const bool awaited = GENERATE(false, true);
    const Traffic traffic;
    const std::string ready = (traffic.home.path() / "ready.json").string();
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);
        std::vector<std::string> arguments = {
            "listen", "--addr", "127.0.0.1:0", "--ready-file", ready};
        if (awaited)
            arguments.emplace_back("--once");
        std::_Exit(run_smsctl(arguments).exit);
    }
    CHECK(wait_for_ready(ready).at("pid") == child);
    ::kill(child, SIGTERM);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == (awaited ? 8 : 0));
}
