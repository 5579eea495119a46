#include "commands/number_world.hpp"
#include "core/time_text.hpp"
#include "store/conversations.hpp"
#include "store/database.hpp"
#include "store/workspaces.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>

#include <memory>

using namespace smsctl;
using std::chrono::hours;
using std::chrono::minutes;
using test::Run;

namespace {

const std::string ann = "+14155552671";
const std::string ben = "+4915123456789";

/// A simulator with a workspace that can send, and a clock that tests put forward.
struct World : test::NumberWorld {
    World()
    {
        REQUIRE(test::run_smsctl({"sync", "numbers", "-q"}).exit == 0);
        set("from=" + number());
    }

    Run run(const std::vector<std::string>& arguments)
    {
        test::Surroundings surroundings;
        surroundings.clock = &clock;
        return test::run_smsctl(arguments, surroundings);
    }
    void set(const std::string& setting)
    {
        REQUIRE(test::run_smsctl({"workspace", "set", "demo", setting}).exit == 0);
    }
    /// The texts that the provider took.
    std::vector<std::string> bodies()
    {
        std::vector<std::string> all;
        const auto state = sim.state();
        for (const auto& message : state["creates"])
            all.push_back(message["body"]);
        return all;
    }
    std::string service() { return sim.state()["messaging_service_sid"]; }

    test::FakeClock clock{SystemClock().now()};
};

/// 2 March 2026, 10:11 UTC: night in the United States, day in Germany.
void make_it_night(World& world)
{
    world.clock.step(Instant(Millis(1'772'446'272'345)) - world.clock.now());
    world.set("quiet-hours=21:00-08:00");
}

} // namespace

TEST_CASE("a message for later is planned, told of, and sent by --due once its time has come")
{
    World world;
    const Run later = world.run({"send", ann, "-m", "Later", "--at", "2h"});
    REQUIRE(later.exit == 0);
    const auto record = later.record();
    CHECK(record["status"] == "planned");
    CHECK(record["scheduled_at"] == text::rfc3339(world.clock.now() + hours(2)));
    CHECK(later.err.find("* * * * * smsctl send --due -q") != std::string::npos);
    CHECK(world.run({"send", ann, "-m", "x", "--at", "2h", "-q"}).err.empty());

    const Run early = world.run({"send", "--due"});
    CHECK(early.exit == 0);
    CHECK(early.out.empty());
    CHECK(early.err.empty());
    world.clock.step(hours(2));
    const Run rehearsal = world.run({"send", "--due", "-n"});
    CHECK(rehearsal.records().size() == 2);
    CHECK(world.bodies().empty());

    const Run due = world.run({"send", "--due", "--limit", "1"});
    CHECK(due.exit == 0);
    CHECK(due.record()["id"] == record["id"]);
    CHECK(due.record()["status"] == "queued");
    const Run rest = world.run({"send", "--due", "-q"});
    CHECK(rest.exit == 0);
    CHECK(rest.out.empty());
    CHECK(rest.err.empty());
    CHECK(world.bodies() == std::vector<std::string>{"Later", "x"});
    CHECK(world.run({"send", "--due"}).out.empty());
}

TEST_CASE("the provider holds a message of a Messaging Service, which needs no --due")
{
    World world;
    const Run held = world.run({"send", ann, "-m", "Held", "-f", world.service(), "--at", "2h"});
    REQUIRE(held.exit == 0);
    CHECK(held.record()["status"] == "scheduled");
    CHECK(held.err.empty());
    CHECK(world.sim.state()["creates"][0]["send_at"].get<std::string>().substr(0, 16) ==
          held.record()["scheduled_at"].get<std::string>().substr(0, 16));
    world.clock.step(hours(3));
    CHECK(world.run({"send", "--due"}).out.empty());
    CHECK(world.bodies().size() == 1);

    const Run soon = world.run({"send", ann, "-m", "Soon", "-f", world.service(), "--at", "5m"});
    CHECK(soon.record()["status"] == "planned");
}

TEST_CASE("what makes no sense together is refused before anything is planned")
{
    World world;
    const auto arguments = GENERATE(values<std::vector<std::string>>({
        {"send", ann, "-m", "x", "--at", "2020-01-01"},
        {"send", ann, "-m", "x", "--at", "0s"},
        {"send", ann, "-m", "x", "--at", "soon"},
        {"send", ann, "-m", "x", "--at", ""},
        {"send", ann, "-m", "x", "--at", "2h", "--wait", "sent"},
        {"send", "--due", ann},
        {"send", "--due", "-m", "x"},
        {"send", "--due", "--at", "2h"},
        {"send", "--due", "--on-block", "skip"},
        {"send", ann, "-m", "x", "--template", "hello"},
        {"send", ann, "--body-file", "x", "--template", "hello"},
        {"send", ann, "-m", "x", "--var", "day=Monday"},
        {"send", ann, "-m", "x", "--on-block", "later"},
    }));
    CAPTURE(arguments);
    CHECK(world.run(arguments).exit == 2);
    CHECK(world.run({"message", "list"}).out.empty());
}

TEST_CASE("an opt-out between plan and time is the outcome of --due")
{
    World world;
    for (const std::string& to : {ann, ben})
        REQUIRE(world.run({"send", to, "-m", "To " + to, "--at", "1h"}).exit == 0);
    world.clock.step(hours(1));
    REQUIRE(world.run({"optout", "add", ann}).exit == 0);
    SECTION("of one among several")
    {
        const Run due = world.run({"send", "--due"});
        CHECK(due.exit == 9);
        CHECK(due.records().size() == 2);
        CHECK(world.bodies() == std::vector<std::string>{"To " + ben});
    }
    SECTION("of all, and quietly")
    {
        REQUIRE(world.run({"optout", "add", ben}).exit == 0);
        const Run due = world.run({"send", "--due", "-q"});
        CHECK(due.exit == 11);
        CHECK(due.out.empty());
        CHECK(due.error()["code"] == "blocked.opt_out");
        CHECK(world.bodies().empty());
    }
    CHECK(world.run({"send", "--due"}).out.empty());
}

TEST_CASE("without credentials what is due stays planned for the next run")
{
    World world;
    REQUIRE(world.run({"send", ann, "-m", "x", "--at", "1h"}).exit == 0);
    world.clock.step(hours(1));
    {
        const test::EnvVar no_token("SIM_TOKEN", std::nullopt);
        CHECK(world.run({"send", "--due"}).exit == 4);
    }
    {
        const test::EnvVar wrong_token("SIM_TOKEN", "wrong");
        const Run refused = world.run({"send", "--due"});
        CHECK(refused.exit == 4);
        CHECK(refused.record()["status"] == "planned");
    }
    CHECK(world.run({"send", "--due"}).record()["status"] == "queued");
    CHECK(world.bodies().size() == 1);
}

TEST_CASE("planning for later needs no credentials; what goes now does")
{
    World world;
    const test::EnvVar no_token("SIM_TOKEN", std::nullopt);
    CHECK(world.run({"send", ann, "-m", "x", "--at", "1h"}).exit == 0);
    CHECK(world.run({"send", ann, "-m", "x"}).exit == 4);
    CHECK(world.run({"message", "list"}).records().size() == 1);
}

TEST_CASE("quiet hours block, or put off, or are skipped")
{
    World world;
    make_it_night(world);
    CHECK(world.run({"send", ann, "-m", "Hush"}).exit == 11);
    CHECK(world.run({"send", ann, "-m", "Hush", "--on-block", "skip"}).exit == 0);
    CHECK(world.run({"send", ann, "-m", "Hush", "--at", "1h"}).exit == 11);
    const Run rehearsal = world.run({"send", ann, "-m", "Hush", "--on-block", "defer", "-n"});
    CHECK(rehearsal.record()["verdict"] == "send");

    const Run deferred = world.run({"send", ann, ben, "-m", "Hush", "--on-block", "defer"});
    REQUIRE(deferred.exit == 0);
    const auto records = deferred.records();
    REQUIRE(records.size() == 2);
    CHECK(records[0]["status"] == "planned");
    CHECK(records[0]["scheduled_at"] == rehearsal.record()["scheduled_at"]);
    CHECK(records[1]["status"] == "queued");
    CHECK(records[1]["scheduled_at"].is_null());
    CHECK(deferred.err.find("send --due") != std::string::npos);

    const Run waited =
        world.run({"send", ann, "-m", "Now?", "--on-block", "defer", "--wait", "delivered"});
    CHECK(waited.exit == 8);
    CHECK(waited.error()["code"] == "pending.scheduled");

    world.clock.step(hours(24)); // night again: what is late waits until morning
    CHECK(world.run({"send", "--due"}).out.empty());
    world.clock.step(hours(12));
    CHECK(world.run({"send", "--due"}).records().size() == 2);
}

TEST_CASE("a key that names a message for later tells of it and sends nothing")
{
    World world;
    const auto first = world.run({"send", ann, "-m", "Once", "--key", "k", "--at", "1h"}).record();
    for (const char* when : {"", "2h", "2020-01-01"}) {
        std::vector<std::string> again{"send", ann, "-m", "Once", "--key", "k"};
        if (*when != '\0')
            again.insert(again.end(), {"--at", when});
        const Run replay = world.run(again);
        CHECK(replay.exit == 0);
        CHECK(replay.record()["replayed"] == true);
        CHECK(replay.record()["id"] == first["id"]);
        CHECK(replay.record()["scheduled_at"] == first["scheduled_at"]);
    }
    world.clock.step(hours(1));
    CHECK(world.run({"send", "--due"}).records().size() == 1);
    CHECK(world.bodies().size() == 1);
}

TEST_CASE("a stored text is filled in for each recipient")
{
    World world;
    REQUIRE(
        world.run({"template", "add", "hello", "-m", "Hi {{name}}, see you {{day|soon}}"}).exit ==
        0);
    CHECK(world.run({"send", ann, "--template", "nothing"}).exit == 3);
    CHECK(world.run({"send", ann, "--template", "hello"}).error()["code"] ==
          "usage.missing_variable");
    CHECK(world.run({"send", ann, "--template", "hello", "--var", "day"}).exit == 2);

    store::Database database({.location = world.home.database().string()});
    store::Scope scope = database.scope(store::Workspaces(database).find("demo").value());
    const auto contact = store::Contacts(scope).find_or_create(ann, "Ann", SystemClock().now());
    store::Contacts(scope).find_or_create(ben, "", SystemClock().now());

    CHECK(world.run({"send", "Ann", "--template", "hello"}).record()["body"] ==
          "Hi Ann, see you soon");
    CHECK(world.run({"send", contact.id, "--template", "hello", "--var", "day=Monday"})
              .record()["body"] == "Hi Ann, see you Monday");
    CHECK(world.run({"send", ann, "--template", "hello", "--var", "name=Dr. A"}).record()["body"] ==
          "Hi Dr. A, see you soon");
    // A number says nothing of a name, and nobody is called "Unknown".
    CHECK(world.run({"send", ann, "--template", "hello"}).exit == 2);
    CHECK(world.run({"send", "Unknown (" + ben + ")", "--template", "hello"}).exit == 2);
}
