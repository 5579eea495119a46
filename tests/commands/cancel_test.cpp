#include "commands/number_world.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace smsctl;
using test::Run;
using test::run_smsctl;

namespace {

const std::string ann = "+14155552671";

/// A simulator with a workspace that can send.
struct World : test::NumberWorld {
    World()
    {
        REQUIRE(run_smsctl({"sync", "numbers", "-q"}).exit == 0);
        REQUIRE(run_smsctl({"workspace", "set", "demo", "from=" + number()}).exit == 0);
    }

    std::string service() { return sim.state()["messaging_service_sid"]; }
    /// A message that waits here.
    std::string waiting()
    {
        return run_smsctl({"send", ann, "-m", "Later", "--at", "2h"}).record()["id"];
    }
    /// A message that the provider holds.
    nlohmann::ordered_json held()
    {
        const Run sent = run_smsctl({"send", ann, "-m", "Held", "--at", "2h", "--from", service()});
        REQUIRE(sent.record()["status"] == "scheduled");
        return sent.record();
    }
    /// A batch of three for later.
    std::string batch(const std::string& name, const std::string& sender = "")
    {
        const std::string file = (home.path() / "list.csv").string();
        std::ofstream(file) << "to\n+14155552671\n+14155552672\n+14155552673\n";
        std::vector<std::string> arguments{
            "bulk", file, "-m", "Hi " + name, "--at", "2h", "--name", name, "-y", "-q"};
        if (!sender.empty())
            arguments.insert(arguments.end(), {"--from", sender});
        REQUIRE(run_smsctl(arguments).exit == 0);
        return run_smsctl({"bulk", "show", name}).record()["id"];
    }
    std::string status(const std::string& id)
    {
        return run_smsctl({"message", "show", id}).record()["status"];
    }
    std::vector<std::string> statuses_at_provider()
    {
        std::vector<std::string> all;
        const auto state = sim.state();
        for (const auto& message : state["messages"])
            all.push_back(message["status"]);
        return all;
    }
};

} // namespace

TEST_CASE("a message that waits here is canceled by id or prefix, again without harm")
{
    World world;
    const std::string id = world.waiting();
    const Run rehearsal = run_smsctl({"cancel", id, "-n"});
    CHECK(rehearsal.exit == 0);
    CHECK(rehearsal.record()["status"] == "canceled");
    CHECK(world.status(id) == "planned");

    const Run canceled = run_smsctl({"cancel", id.substr(0, id.size() - 1)});
    CHECK(canceled.exit == 0);
    CHECK(canceled.record()["object"] == "message");
    CHECK(canceled.record()["status"] == "canceled");
    CHECK(world.status(id) == "canceled");
    CHECK(run_smsctl({"cancel", id, id}).records().size() == 1);
    CHECK(world.statuses_at_provider().empty());
}

TEST_CASE("a message that waits here needs no credentials to be canceled")
{
    World world;
    const std::string id = world.waiting();
    const std::string held = world.held()["id"];
    const test::EnvVar no_token("SIM_TOKEN", std::nullopt);
    CHECK(run_smsctl({"cancel", id}).exit == 0);
    CHECK(run_smsctl({"cancel", held}).exit == 4);
    CHECK(world.status(held) == "scheduled");
}

TEST_CASE("a message that the provider holds is canceled there, by any of its ids")
{
    World world;
    const auto message = world.held();
    const std::string reference = GENERATE("id", "provider_id");
    const Run canceled = run_smsctl({"cancel", message[reference]});
    CHECK(canceled.exit == 0);
    CHECK(canceled.record()["status"] == "canceled");
    CHECK(world.statuses_at_provider() == std::vector<std::string>{"canceled"});
}

TEST_CASE("a message that has left is told as it is, with exit 5")
{
    World world;
    const Run sent =
        run_smsctl({"send", ann, "-m", "Gone", "--wait", "delivered", "--timeout", "30s"});
    const Run late = run_smsctl({"cancel", sent.record()["id"]});
    CHECK(late.exit == 5);
    CHECK(late.record()["status"] == "delivered");
    CHECK(late.error()["code"] == "rejected.too_late");
    CHECK(run_smsctl({"cancel", sent.record()["id"], "-n"}).exit == 5);

    const std::string waiting = world.waiting();
    const Run both = run_smsctl({"cancel", sent.record()["id"], waiting});
    CHECK(both.exit == 9);
    CHECK(both.records().size() == 2);
    CHECK(world.status(waiting) == "canceled");
}

TEST_CASE("a provider that let a message go meanwhile refuses")
{
    World world;
    const auto message = world.held();
    world.sim.json(200, "POST", "/sim/clock", {{"advance", "3h"}});
    world.sim.wait_for(message["provider_id"], "delivered");
    const Run late = run_smsctl({"cancel", message["id"]});
    CHECK(late.exit == 5);
    CHECK(late.error()["provider"]["code"] == 30409);
    CHECK(late.record()["status"] == "scheduled"); // until reconcile asks
}

TEST_CASE("what a batch has not sent is canceled, and one record tells of it")
{
    World world;
    const std::string id = world.batch("spring");
    const Run rehearsal = run_smsctl({"cancel", "spring", "-n"});
    CHECK(rehearsal.record()["counts"]["canceled"] == 3);
    CHECK(rehearsal.record()["status"] == "canceled");
    CHECK(run_smsctl({"bulk", "show", "spring"}).record()["status"] == "planned");

    const int spelling = GENERATE(0, 1, 2);
    const std::string reference = spelling == 0   ? "spring"
                                  : spelling == 1 ? id
                                                  : id.substr(0, id.size() - 1);
    const Run canceled = run_smsctl({"cancel", reference});
    CHECK(canceled.exit == 0);
    const auto record = canceled.record();
    CHECK(record["object"] == "batch");
    CHECK(record["id"] == id);
    CHECK(record["status"] == "canceled");
    CHECK(record["counts"]["canceled"] == 3);
    CHECK(record["counts"]["planned"] == 0);
    CHECK(run_smsctl({"bulk", "show", "spring"}).record()["status"] == "canceled");
    CHECK(run_smsctl({"bulk", "resume", "spring", "-y"}).exit == 2);
    CHECK(run_smsctl({"cancel", "spring"}).exit == 0);
}

TEST_CASE("rows that the provider holds are canceled there")
{
    World world;
    world.batch("held", world.service());
    REQUIRE(world.statuses_at_provider() == std::vector<std::string>(3, "scheduled"));
    const Run canceled = run_smsctl({"cancel", "held"});
    CHECK(canceled.exit == 0);
    CHECK(canceled.record()["counts"]["canceled"] == 3);
    CHECK(world.statuses_at_provider() == std::vector<std::string>(3, "canceled"));
}

TEST_CASE("rows that have left meanwhile are counted, and the rest is canceled")
{
    World world;
    world.batch("held", world.service());
    const auto messages = world.sim.state()["messages"];
    world.sim.json(200,
                   "POST",
                   world.sim.path("/Messages/" + messages[1]["sid"].get<std::string>() + ".json"),
                   {{"Status", "canceled"}}); // canceled there already: fine
    SECTION("some canceled there before")
    {
        CHECK(run_smsctl({"cancel", "held"}).exit == 0);
    }
    SECTION("the others gone")
    {
        world.sim.json(200, "POST", "/sim/clock", {{"advance", "3h"}});
        world.sim.wait_for(messages[0]["sid"], "delivered");
        world.sim.wait_for(messages[2]["sid"], "delivered");
        const Run late = run_smsctl({"cancel", "held"});
        CHECK(late.exit == 9);
        CHECK(late.error()["code"] == "rejected.too_late");
        CHECK(late.record()["counts"]["canceled"] == 1);
        CHECK(late.record()["counts"]["scheduled"] == 2); // until reconcile asks
    }
}

TEST_CASE("references that fit nothing, or a message and a batch, touch nothing")
{
    World world;
    const std::string first = world.waiting();
    world.waiting();
    CHECK(run_smsctl({"cancel", "nothing"}).exit == 3);
    CHECK(run_smsctl({"cancel", first, "nothing"}).exit == 3);
    CHECK(run_smsctl({"cancel", "msg_"}).error()["code"] == "usage.ambiguous");
    CHECK(run_smsctl({"cancel"}).exit == 2);

    const std::string batch = world.batch(first); // a batch may be called anything
    const Run unclear = run_smsctl({"cancel", first});
    CHECK(unclear.exit == 2);
    const std::string sentence = unclear.error()["message"];
    CHECK(sentence.find(first) != std::string::npos);
    CHECK(sentence.find(batch) != std::string::npos);
    CHECK(world.status(first) == "planned");
    CHECK(run_smsctl({"cancel", batch}).exit == 0);
}

TEST_CASE("an inbound message is no message to cancel")
{
    World world;
    world.sim.json(
        201, "POST", "/sim/inbound", {{"From", ann}, {"To", world.number()}, {"Body", "Hello"}});
    REQUIRE(run_smsctl({"reconcile", "--older-than", "0s", "-q"}).exit == 0);
    const auto inbound = run_smsctl({"message", "list", "--direction", "in"}).record();
    CHECK(run_smsctl({"cancel", inbound["id"]}).exit == 2);
}
