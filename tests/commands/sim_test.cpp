#include "support/run_smsctl.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

using smsctl::test::Home;
using smsctl::test::Run;
using smsctl::test::run_smsctl;

namespace {

std::string text_of(const std::filesystem::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

/// Runs a shell script against the simulator; `$OUT` is a file for what it has to say.
Run wrap(const Home& home, const std::string& script)
{
    const std::string out = (home.path() / "out").string();
    return run_smsctl({"sim", "--", "sh", "-c", "OUT='" + out + "'\n" + script});
}

std::string said(const Home& home)
{
    return text_of(home.path() / "out");
}

} // namespace

TEST_CASE("sim -- CMD gives the command a world of its own, which goes afterwards")
{
    const Home home;
    const smsctl::test::EnvVar api_key("TWILIO_API_KEY", "SK-real");
    const Run run = wrap(home, R"(
        {
            echo "$SMSCTL_WORKSPACE"; echo "$TWILIO_ACCOUNT_SID"; echo "$TWILIO_AUTH_TOKEN"
            echo "$TWILIO_PHONE_NUMBER"; echo "${TWILIO_API_KEY-unset}"
            case $SMSCTL_API_BASE in http://127.0.0.1:*) echo loopback;; esac
            test -s "$SMSCTL_DB" && echo "$SMSCTL_DB"
        } > "$OUT")");
    CHECK(run.exit == 0);
    CHECK(run.out.empty());
    CHECK(run.err.empty());
    std::istringstream lines(said(home));
    for (const std::string expected : {"sim",
                                       "AC5100000000000000000000000000051a",
                                       "5151a70de05151a70de05151a70de051",
                                       "+14155550100",
                                       "unset",
                                       "loopback"}) {
        std::string line;
        std::getline(lines, line);
        CHECK(line == expected);
    }
    std::string database;
    std::getline(lines, database);
    CHECK_FALSE(database.empty());
    CHECK_FALSE(std::filesystem::exists(std::filesystem::path(database).parent_path()));
    CHECK_FALSE(std::filesystem::exists(home.database()));
}

TEST_CASE("the wrapped command's database knows the workspace and its numbers")
{
    const Home home;
    REQUIRE(wrap(home, "cp \"$SMSCTL_DB\" \"$OUT\"").exit == 0);
    const std::string copy = (home.path() / "out").string();
    const auto workspace = run_smsctl({"--db", copy, "workspace", "show", "sim"}).record();
    CHECK(workspace["provider"] == "sim");
    CHECK(workspace["secret_from"] == "env:TWILIO_AUTH_TOKEN");
    CHECK(workspace["settings"]["from"] == "+14155550100"); // so that +15005550006 can be texted
    const auto numbers =
        run_smsctl({"--db", copy, "db", "query", "select address from numbers order by id"})
            .records();
    REQUIRE(numbers.size() == 4);
    CHECK(numbers[0]["address"] == "+15005550006");
}

TEST_CASE("sim exits as the wrapped command does")
{
    struct Row {
        std::vector<std::string> command;
        int exit;
    };
    const auto row = GENERATE(values<Row>({
        {{"true"}, 0},
        {{"sh", "-c", "exit 7"}, 7},
        {{"sh", "-c", "kill -KILL $$"}, 137},
        {{"smsctl-no-such-program"}, 127},
        {{"/"}, 126},
    }));
    DYNAMIC_SECTION(row.command.back())
    {
        const Home home;
        std::vector<std::string> arguments{"sim", "--"};
        arguments.insert(arguments.end(), row.command.begin(), row.command.end());
        const Run run = run_smsctl(arguments);
        CHECK(run.exit == row.exit);
        CHECK(run.err.empty() == (row.exit != 127 && row.exit != 126));
    }
}

TEST_CASE("arguments reach the wrapped command as they were typed")
{
    const Home home;
    const std::string out = (home.path() / "out").string();
    const Run run = run_smsctl({"sim",
                                "--speed=10",
                                "--",
                                "sh",
                                "-c",
                                "printf '%s\n' \"$@\" > '" + out + "'",
                                "sh",
                                "[a,b]",
                                "--addr",
                                "--",
                                "",
                                "-n"});
    CHECK(run.exit == 0);
    CHECK(said(home) == "[a,b]\n--addr\n--\n\n-n\n");
}

TEST_CASE("a signal to sim reaches the wrapped command")
{
    const Home home;
    const Run run =
        wrap(home, "trap 'exit 9' TERM; kill -TERM $PPID; while :; do sleep 0.05; done");
    CHECK(run.exit == 9);
}

TEST_CASE("a client that libcurl may repeat for texts twice when a kept connection closes")
{
    const Home home;
    const Run run = wrap(home, R"sh(
        curl -sf -d kind=close_after -d kept=true "$SMSCTL_API_BASE/sim/faults" > /dev/null
        messages="$SMSCTL_API_BASE/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"
        create="-s -o /dev/null -u $TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN -d From=$TWILIO_PHONE_NUMBER"
        curl $create -d To=%2B14155552671 -d Body=one "$messages" \
            --next $create -d To=%2B14155552672 -d Body=two "$messages"
        curl -sf "$SMSCTL_API_BASE/sim/counts" > "$OUT")sh");
    CHECK(run.exit == 0);
    const auto counts = nlohmann::json::parse(said(home));
    CHECK(counts["creates"] == 3);
    CHECK(counts["repeated"] == nlohmann::json{{"+14155552672", 1}});
}

TEST_CASE("a scenario is in force for the wrapped command")
{
    const Home home;
    const std::string file = (home.path() / "friday.txt").string();
    std::ofstream(file) << "# Friday\n"
                           "fault kind=refuse_429 retry_after=0\n"
                           "outcome to=+14155552671 status=undelivered code=30003\n";
    const std::string out = (home.path() / "out").string();
    const Run run = run_smsctl({"sim",
                                "--scenario",
                                file,
                                "--seed",
                                "7",
                                "--",
                                "sh",
                                "-c",
                                "curl -sf \"$SMSCTL_API_BASE/sim/state\" > '" + out + "'"});
    CHECK(run.exit == 0);
    const auto state = nlohmann::json::parse(said(home));
    REQUIRE(state["faults"].size() == 1);
    CHECK(state["faults"][0]["kind"] == "refuse_429");
    CHECK(state["outcomes"][0]["code"] == 30003);
}

TEST_CASE("a scenario that cannot be used is told with its line, and nothing is run")
{
    struct Row {
        std::string text;
        std::string words;
    };
    const auto row = GENERATE(values<Row>({
        {"set mps=1\nfault kind=sudden\n", "friday.txt:2: kind 'sudden' is unknown"},
        {"reply body=\"STOP\n", "friday.txt:1: a quoted value has no end"},
        {"", "friday.txt cannot be read, or is empty"},
    }));
    DYNAMIC_SECTION(row.words)
    {
        const Home home;
        const std::string file = (home.path() / "friday.txt").string();
        std::ofstream(file) << row.text;
        const Run run = run_smsctl({"sim", "--scenario", file, "--", "true"});
        CHECK(run.exit == 2);
        CHECK(run.error()["code"] == "usage.scenario");
        CHECK_THAT(run.error()["message"].get<std::string>(), Catch::Contains(row.words));
    }
}

TEST_CASE("sim ends at its timeout")
{
    const Home home;
    const Run run = run_smsctl({"sim", "--addr", "127.0.0.1:0", "--timeout", "50ms"});
    CHECK(run.exit == 8);
    CHECK(run.out.empty());
    CHECK_THAT(run.err, Catch::Contains("export SMSCTL_API_BASE=http://127.0.0.1:"));
}

TEST_CASE("sim refuses what makes no sense")
{
    struct Row {
        std::vector<std::string> options;
        std::string words;
    };
    const auto row = GENERATE(values<Row>({
        {{"--seed", "x"}, "--seed: 'x'"},
        {{"--seed", "-1"}, "--seed: '-1'"},
        {{"--speed", "fast"}, "--speed: 'fast'"},
        {{"--speed", "0"}, "more than 0"},
        {{"--latency", "slow"}, "--latency"},
        {{"--addr", "0.0.0.0:0"}, "loopback only"},
        {{"--addr", "nowhere"}, "nowhere"},
    }));
    DYNAMIC_SECTION(row.options[0] << " " << row.options[1])
    {
        const Home home;
        const Run run = run_smsctl({"sim", row.options[0], row.options[1], "--", "true"});
        CHECK(run.exit == 2);
        CHECK_THAT(run.error()["message"].get<std::string>(), Catch::Contains(row.words));
    }
}
