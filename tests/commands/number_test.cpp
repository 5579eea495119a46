#include "commands/number_world.hpp"

#include <catch2/catch.hpp>

using smsctl::test::NumberWorld;
using smsctl::test::Run;
using smsctl::test::run_smsctl;
using smsctl::test::Surroundings;

namespace {

const std::string new_url = "https://sms.example.com/in";

std::string webhook_of(const std::string& number)
{
    const auto url = run_smsctl({"number", "show", number}).record()["webhook_url"];
    return url.is_null() ? "" : url.get<std::string>();
}

} // namespace

TEST_CASE("number set changes webhook and name at the provider and here, and undo puts back")
{
    NumberWorld world;
    run_smsctl({"sync", "numbers"});
    const std::string number = world.number();
    const std::string before = webhook_of(number);

    const Run set = run_smsctl(
        {"number", "set", number, "webhook=" + new_url, "friendly-name=Front desk", "--yes"});
    CHECK(set.exit == 0);
    CHECK(set.record()["webhook_url"] == new_url);
    CHECK(set.record()["friendly_name"] == "Front desk");
    CHECK(world.at_provider(number)["sms_url"] == new_url);
    CHECK(world.at_provider(number)["friendly_name"] == "Front desk");
    CHECK(run_smsctl({"sync", "numbers"}).out.empty());

    CHECK(run_smsctl({"number", "set", number, "--undo", "--yes"}).exit == 0);
    CHECK(webhook_of(number) == before);
    CHECK(run_smsctl({"sync", "numbers"}).out.empty());
    const Run again = run_smsctl({"number", "set", number, "--undo", "--yes"});
    CHECK(again.exit == 2);
    CHECK(again.error()["code"] == "usage.nothing_to_undo");
}

TEST_CASE("A new webhook is confirmed: by --yes, by y on a terminal, or not at all")
{
    NumberWorld world;
    run_smsctl({"sync", "numbers"});
    const std::string number = world.number();
    const std::string before = webhook_of(number);
    const std::vector<std::string> set{"number", "set", number, "webhook=" + new_url};

    const Run piped = run_smsctl(set);
    CHECK(piped.exit == 2);
    CHECK(piped.error()["code"] == "usage.confirmation");
    const Run declined = run_smsctl(set, Surroundings::terminal("n\n"));
    CHECK(declined.exit == 2);
    CHECK(declined.err.find(new_url) != std::string::npos);
    CHECK(webhook_of(number) == before);

    CHECK(run_smsctl(set, Surroundings::terminal("y\n")).exit == 0);
    CHECK(webhook_of(number) == new_url);
}

TEST_CASE("number set -n shows the number as it would be and tells nobody")
{
    NumberWorld world;
    run_smsctl({"sync", "numbers"});
    const std::string number = world.number();
    const Run run = run_smsctl({"number", "set", number, "webhook=" + new_url, "-n"});
    CHECK(run.exit == 0);
    CHECK(run.record()["webhook_url"] == new_url);
    CHECK(webhook_of(number) != new_url);
    CHECK(world.at_provider(number)["sms_url"] != new_url);
}

TEST_CASE("An owner is kept here and survives a sync")
{
    NumberWorld world;
    run_smsctl({"sync", "numbers"});
    const std::string number = world.number();
    CHECK(run_smsctl({"number", "set", number, "owner=ana"}).record()["owner"] == "ana");
    CHECK(run_smsctl({"sync", "numbers"}).out.empty());
    CHECK(run_smsctl({"number", "show", number}).record()["owner"] == "ana");
    CHECK(run_smsctl({"number", "set", number, "owner="}).record()["owner"].is_null());
}

TEST_CASE("number set refuses what makes no sense")
{
    NumberWorld world;
    run_smsctl({"sync", "numbers"});
    struct Row {
        std::string name;
        std::vector<std::string> arguments;
    };
    const std::vector<Row> rows{{"nothing", {}},
                                {"no value", {"webhook"}},
                                {"an unknown name", {"webhok=https://example.com/"}},
                                {"twice", {"owner=a", "owner=b"}},
                                {"another scheme", {"webhook=ftp://example.com/", "--yes"}},
                                {"both", {"webhook=https://example.com/", "--undo", "--yes"}}};
    for (const Row& row : rows) {
        INFO(row.name);
        std::vector<std::string> arguments{"number", "set", world.number()};
        arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
        CHECK(run_smsctl(arguments).exit == 2);
    }
    CHECK(run_smsctl({"number", "set", "+14155550000", "owner=a"}).exit == 3);
}

TEST_CASE("number list and show say what is stored; without a sync that is nothing")
{
    NumberWorld world;
    const Run empty = run_smsctl({"number", "list"});
    CHECK(empty.exit == 0);
    CHECK(empty.out.empty());
    CHECK(run_smsctl({"number", "show", world.number()}).exit == 3);

    run_smsctl({"sync", "numbers"});
    const Run run = run_smsctl({"number", "list", "--limit", "1"});
    const auto record = run.record();
    CHECK(record["object"] == "number");
    CHECK(record["active"] == true);
    CHECK(run_smsctl({"number", "show", record["id"]}).record() == record);
    CHECK(run_smsctl({"number", "show", record["provider_id"]}).record() == record);
}
