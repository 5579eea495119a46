#include "commands/traffic.hpp"
#include "core/atomic_file.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <future>

using namespace smsctl;
using test::Run;
using test::run_smsctl;
using test::Traffic;

namespace {

std::string sid(int number)
{
    return fmt::format("SM{:032x}", number);
}

std::vector<std::string> bodies(const Run& run)
{
    std::vector<std::string> all;
    for (const auto& record : run.records())
        all.push_back(record["body"]);
    return all;
}

using Bodies = std::vector<std::string>;

} // namespace

TEST_CASE("tail shows the last twenty, oldest first, or as many as asked for")
{
    Traffic traffic;
    for (int i = 0; i < 25; ++i)
        traffic.receive(sid(i), fmt::format("text {}", i));
    const auto twenty = bodies(run_smsctl({"tail"}));
    CHECK(twenty.size() == 20);
    CHECK(twenty.front() == "text 5");
    CHECK(twenty.back() == "text 24");
    CHECK(bodies(run_smsctl({"tail", "--last", "2"})) == Bodies{"text 23", "text 24"});
    CHECK(bodies(run_smsctl({"tail", "--last", "2", "--grep", "text 1[0-9]"})) ==
          Bodies{"text 18", "text 19"});
    CHECK(run_smsctl({"tail", "--last", "0"}).out.empty());
}

TEST_CASE("tail --after goes on where a record left off")
{
    Traffic traffic;
    traffic.receive(sid(1), "one");
    const std::int64_t seq = traffic.receive(sid(2), "two");
    traffic.receive(sid(3), "three");
    CHECK(bodies(run_smsctl({"tail", "--after", std::to_string(seq)})) == Bodies{"three"});
    CHECK(run_smsctl({"tail", "--last", "2"}).records().front()["seq"] == seq);
}

TEST_CASE("tail --cursor shows everything once, however often it runs")
{
    Traffic traffic;
    const std::string cursor = (traffic.home.path() / "cursor").string();
    traffic.receive(sid(1), "one");
    traffic.receive(sid(2), "two");
    CHECK(bodies(run_smsctl({"tail", "--cursor", cursor, "--count", "1"})) == Bodies{"one"});
    CHECK(bodies(run_smsctl({"tail", "--cursor", cursor})) == Bodies{"two"});
    CHECK(run_smsctl({"tail", "--cursor", cursor}).out.empty());
    traffic.receive(sid(3), "three");
    CHECK(bodies(run_smsctl({"tail", "--cursor", cursor})) == Bodies{"three"});

    write_atomically(cursor, "soon\n");
    CHECK(run_smsctl({"tail", "--cursor", cursor}).error()["code"] == "usage.cursor");
}

TEST_CASE("tail -f sees at once what others commit, and --count ends it")
{
    Traffic traffic;
    traffic.receive(sid(1), "before");
    auto run = std::async(std::launch::async, [] {
        return run_smsctl({"tail", "-f", "--count", "6", "--timeout", "20s"});
    });
    for (int i = 2; i < 7; ++i)
        traffic.receive(sid(i), fmt::format("text {}", i));
    const Run result = run.get();
    CHECK(result.exit == 0);
    CHECK(bodies(result) == Bodies{"before", "text 2", "text 3", "text 4", "text 5", "text 6"});
}

TEST_CASE("tail -f that misses what it waits for exits 8")
{
    const Traffic traffic;
    const Run run = run_smsctl({"tail", "-f", "--count", "1", "--timeout", "50ms"});
    CHECK(run.exit == 8);
    CHECK(run.error()["code"] == "pending.timeout");
}

TEST_CASE("tail chooses by conversation, direction, status and kind")
{
    Traffic traffic;
    traffic.receive(sid(1), "Hello");
    traffic.receive(sid(1), "Hello"); // a repeat: an event that changed nothing
    const std::string conversation = run_smsctl({"tail"}).record()["conversation"];
    struct Case {
        std::string name;
        std::vector<std::string> arguments;
        std::size_t count;
    };
    const std::vector<Case> cases = {
        {"the conversation", {conversation}, 1},
        {"their number", {test::their_number}, 1},
        {"our number", {test::our_number}, 1},
        {"what we received", {"--direction", "in"}, 1},
        {"what we sent", {"--direction", "out"}, 0},
        {"a status", {"--status", "received"}, 1},
        {"another status", {"--status", "delivered"}, 0},
        {"status changes", {"--kind", "status"}, 0},
        {"every event", {"--kind", "event"}, 2},
        {"everything", {"--kind", "all"}, 2},
    };
    for (const Case& row : cases) {
        INFO(row.name);
        std::vector<std::string> arguments = {"tail"};
        arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
        const Run run = run_smsctl(arguments);
        CHECK(run.exit == 0);
        CHECK(run.records().size() == row.count);
    }
    CHECK(run_smsctl({"tail", "--kind", "event"}).records().front()["object"] == "event");
    CHECK(run_smsctl({"tail", "+15550177"}).exit == 3);
    CHECK(run_smsctl({"tail", "--status", "lost"}).exit == 2);
    CHECK(run_smsctl({"tail", "--grep", "("}).exit == 2);
}

TEST_CASE("tail on a terminal prints lines that a stranger's text cannot break")
{
    Traffic traffic;
    traffic.receive(sid(1), "Hi\n\x1b[2J there");
    const Run run = run_smsctl({"tail"}, test::Surroundings::terminal());
    CHECK(run.out.find("Hi") != std::string::npos);
    CHECK(run.out.find(test::their_number + " → " + test::our_number) != std::string::npos);
    CHECK(run.out.find("received") != std::string::npos);
    CHECK(run.out.find("\x1b[2J") == std::string::npos);
    CHECK(std::count(run.out.begin(), run.out.end(), '\n') == 1);
}
