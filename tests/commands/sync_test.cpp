#include "commands/number_world.hpp"

#include <catch2/catch.hpp>

using smsctl::test::NumberWorld;
using smsctl::test::Run;
using smsctl::test::run_smsctl;

TEST_CASE("sync numbers prints a record for each difference, and none the second time")
{
    NumberWorld world;
    const std::size_t count = world.sim.sim().numbers().size();

    const Run dry = run_smsctl({"sync", "numbers", "-n"});
    CHECK(dry.exit == 0);
    CHECK(dry.records().size() == count);
    CHECK(run_smsctl({"number", "list"}).records().empty());

    const Run first = run_smsctl({"sync", "numbers"});
    CHECK(first.exit == 0);
    REQUIRE(first.records().size() == count);
    for (const auto& record : first.records()) {
        CHECK(record["object"] == "change");
        CHECK(record["kind"] == "number");
        CHECK(record["change"] == "added");
        CHECK(record["fields"].empty());
    }
    CHECK(run_smsctl({"number", "list"}).records().size() == count);

    const Run second = run_smsctl({"sync"});
    CHECK(second.exit == 0);
    CHECK(second.out.empty());
    CHECK(second.err.find("nothing changed") != std::string::npos);
    CHECK(run_smsctl({"sync", "-q"}).err.empty());
}

TEST_CASE("sync numbers tells what was changed at the provider, before and after")
{
    NumberWorld world;
    run_smsctl({"sync", "numbers"});
    const std::string sid = world.at_provider(world.number())["sid"];
    world.sim.json(200,
                   "POST",
                   world.sim.path("/IncomingPhoneNumbers/" + sid + ".json"),
                   {{"FriendlyName", "Front desk"}});

    const Run run = run_smsctl({"sync", "numbers"});
    CHECK(run.exit == 0);
    const auto record = run.record();
    CHECK(record["change"] == "changed");
    CHECK(record["address"] == world.number());
    REQUIRE(record["fields"].size() == 1);
    CHECK(record["fields"][0]["field"] == "friendly_name");
    CHECK(record["fields"][0]["to"] == "Front desk");
}

TEST_CASE("sync refuses what it cannot sync, and changes nothing when the provider is away")
{
    NumberWorld world;
    CHECK(run_smsctl({"sync", "everything"}).exit == 2);
    const smsctl::test::EnvVar nowhere("SMSCTL_API_BASE", "http://127.0.0.1:9");
    const Run run = run_smsctl({"sync", "numbers", "--timeout", "200ms"});
    CHECK((run.exit == 6 || run.exit == 8));
    CHECK(run.out.empty());
    CHECK(run_smsctl({"number", "list"}).records().empty());
}

TEST_CASE("sync --prune forgets numbers that were given back, and nothing else")
{
    NumberWorld world;
    run_smsctl({"sync", "numbers", "-q"});
    const std::string sid = world.at_provider(world.number())["sid"];
    world.sim.ask("DELETE", world.sim.path("/IncomingPhoneNumbers/" + sid + ".json"));
    CHECK(run_smsctl({"sync", "numbers"}).record()["change"] == "removed");
    CHECK(run_smsctl({"number", "show", world.number()}).record()["active"] == false);

    CHECK(run_smsctl({"sync", "numbers", "--prune", "-n"}).records().size() == 1);
    CHECK(run_smsctl({"number", "show", world.number()}).exit == 0);
    CHECK(run_smsctl({"sync", "numbers", "--prune"}).record()["change"] == "removed");
    CHECK(run_smsctl({"number", "show", world.number()}).exit == 3);
    CHECK(run_smsctl({"sync", "messages", "--prune"}).exit == 2);
}
