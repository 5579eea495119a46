#include "support/loopback_server.hpp"
#include "support/temp_dir.hpp"
#include "webhook/command_runner.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

// glibc 2.36 declares its functions without saying that they are C.
extern "C" {
#include <sys/pidfd.h>
}

using namespace smsctl;
using test::Arrivals;
using test::TempDir;

namespace {

webhook::CommandOptions shell(const std::string& script)
{
    webhook::CommandOptions options;
    options.words = {"sh", "-c", script};
    options.time_limit = test::patience;
    return options;
}

std::string read(const std::filesystem::path& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Whether a process that need not be our child ends within our patience.
bool ends(pid_t process)
{
    const int descriptor = ::pidfd_open(process, 0);
    if (descriptor < 0)
        return errno == ESRCH;
    pollfd waiting{descriptor, POLLIN, 0};
    const bool ended = ::poll(&waiting, 1, static_cast<int>(test::patience.count())) == 1;
    ::close(descriptor);
    return ended;
}

/// A runner, and what it says.
struct Runner {
    explicit Runner(webhook::CommandOptions options)
    {
        runner.emplace(
            std::move(options),
            [this](std::string_view problem) { problems.add(std::string(problem)); },
            stop.get_token());
    }
    void add(const std::string& event_id, EnvironmentChanges environment = {})
    {
        runner->add({event_id, std::move(environment), "input of " + event_id});
    }

    std::stop_source stop;
    Arrivals<std::string> problems;
    std::optional<webhook::CommandRunner> runner;
};

} // namespace

TEST_CASE("a command gets its event on stdin and in variables, and nothing of our descriptors")
{
    const TempDir folder;
    const std::string out = (folder / "out").string();
    Runner running(shell(R"(cat > "$OUT"; printf ' %s' "$SMSCTL_EVENT" >> "$OUT"; )"
                         R"(ls /proc/self/fd | wc -l | tr -d '\n' >> "$OUT")"));
    const std::ofstream other((folder / "other").string()); // a descriptor that it must not have
    running.add("evt_1", {{"OUT", out}, {"SMSCTL_EVENT", "evt_1"}});
    running.runner.reset();
    CHECK(read(out) == "input of evt_1 evt_14"); // 0, 1, 2 and that of ls itself
    CHECK(running.problems.all().empty());
}

TEST_CASE("one at a time they run in the order of their events")
{
    const TempDir folder;
    webhook::CommandOptions options = shell(R"(cat >> "$OUT"; echo >> "$OUT")");
    options.most_at_once = 1;
    Runner running(options);
    std::string expected;
    for (int i = 0; i < 20; ++i) {
        running.add(fmt::format("evt_{}", i), {{"OUT", (folder / "out").string()}});
        expected += fmt::format("input of evt_{}\n", i);
    }
    running.runner.reset();
    CHECK(read(folder / "out") == expected);
}

TEST_CASE("no more run at once than was asked for")
{
    // Each is a folder while it runs: how many there are at the most is counted by themselves.
    const TempDir folder;
    webhook::CommandOptions options =
        shell(R"(cd "$DIR" && mkdir run.$$ && set -- run.* && echo $# >> most; rmdir run.$$)");
    options.most_at_once = 3;
    Runner running(options);
    for (int i = 0; i < 30; ++i)
        running.add(fmt::format("evt_{}", i), {{"DIR", folder.path().string()}});
    running.runner.reset();
    std::ifstream counts(folder / "most");
    int runs = 0;
    for (int count = 0; counts >> count; ++runs)
        CHECK(count <= 3);
    CHECK(runs == 30);
}

TEST_CASE("what goes wrong with a command is told, and the next one runs")
{
    Runner running(shell("test \"$SMSCTL_EVENT\" = evt_2 || exit 3"));
    running.add("evt_1");
    running.add("evt_2", {{"SMSCTL_EVENT", "evt_2"}});
    running.runner.reset();
    CHECK(running.problems.all() == std::vector<std::string>{"sh for evt_1: exit 3"});

    webhook::CommandOptions missing;
    missing.words = {"/no/such/program"};
    Runner nothing(missing);
    nothing.add("evt_3");
    nothing.runner.reset();
    REQUIRE(nothing.problems.all().size() == 1);
    CHECK_THAT(nothing.problems.all().front(), Catch::Contains("evt_3: cannot run /no/such/"));
}

TEST_CASE("a command that takes too long is ended with all it began")
{
    const TempDir folder;
    const std::string pids = (folder / "pids").string();
    struct Case {
        std::string name;
        std::string script;
        int signal;
    };
    const auto& row = GENERATE(values<Case>({
        {"by asking", "sleep 300 & echo $! >> \"$OUT\"; wait", SIGTERM},
        {"by force", "trap '' TERM; sleep 300 & echo $! >> \"$OUT\"; wait; wait", SIGKILL},
    }));
    DYNAMIC_SECTION(row.name)
    {
        webhook::CommandOptions options = shell(row.script);
        options.time_limit = options.grace = Millis(1000); // enough for it to begin
        Runner running(options);
        running.add("evt_1", {{"OUT", pids}});
        running.runner.reset();
        const auto problems = running.problems.all();
        REQUIRE(problems.size() == 2);
        CHECK(problems[0] == "sh for evt_1: took too long");
        CHECK(problems[1] == fmt::format("sh for evt_1: ended by signal {}", row.signal));
        std::ifstream in(pids);
        pid_t grandchild = 0;
        REQUIRE(in >> grandchild);
        CHECK(ends(grandchild));
    }
}

TEST_CASE("a stop ends what runs, begins nothing more and says how many did not run")
{
    const TempDir folder;
    const std::string pipe = (folder / "begun").string();
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    webhook::CommandOptions options = shell("echo > \"$OUT\"; exec sleep 300");
    options.most_at_once = 1;
    options.drain = Millis(1);
    Runner running(options);
    for (const char* event : {"evt_1", "evt_2", "evt_3"})
        running.add(event, {{"OUT", pipe}});
    std::ifstream begun(pipe); // waits for the first to have begun
    begun.get();
    running.stop.request_stop();
    running.runner.reset();
    CHECK(running.problems.all() ==
          std::vector<std::string>{"sh for evt_1: is ended",
                                   fmt::format("sh for evt_1: ended by signal {}", SIGTERM),
                                   "sh was not run for 2 events, which are stored"});
}
