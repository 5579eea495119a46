#include "commands/traffic.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using test::Run;
using test::run_smsctl;
using test::Traffic;

TEST_CASE("a reply is added, shown by keyword or id, listed and removed")
{
    Traffic traffic;
    const Run added =
        run_smsctl({"reply", "add", " Hours?", "Opening  Hours", "hours", "-m", "9 to 5"});
    REQUIRE(added.exit == 0);
    const auto record = added.record();
    CHECK(record["object"] == "reply");
    CHECK(record["id"].get<std::string>().starts_with("rpl_"));
    CHECK(record["workspace"] == "prod");
    CHECK(record["keywords"].dump() == R"(["hours","opening hours"])");
    CHECK(record["any"] == false);
    CHECK(record["template"].is_null());
    CHECK(record["body"] == "9 to 5");
    CHECK(record["segments"] == 1);
    CHECK(record["encoding"] == "GSM-7");
    const auto any = run_smsctl({"reply", "add", "--any", "-m", "Thanks ✓"}).record();
    CHECK(any["any"] == true);
    CHECK(any["keywords"].empty());
    CHECK(any["encoding"] == "UCS-2");

    CHECK(run_smsctl({"reply", "show", "HOURS"}).record() == record);
    CHECK(run_smsctl({"reply", "show", any["id"]}).record() == any);
    CHECK(run_smsctl({"reply", "list"}).records().size() == 2);
    CHECK(run_smsctl({"reply", "list", "--limit", "1"}).records().size() == 1);
    CHECK(run_smsctl({"reply", "rm", "hours", "-n"}).record() == record);
    CHECK(run_smsctl({"reply", "rm", "hours"}).record() == record);
    CHECK(run_smsctl({"reply", "show", "hours"}).exit == 3);
    CHECK(run_smsctl({"reply", "rm", record["id"]}).error()["code"] == "not_found.reply");
    CHECK(run_smsctl({"reply", "list"}).records().size() == 1);
}

TEST_CASE("a template in use is what the reply says, changes with it and is not removed")
{
    Traffic traffic;
    run_smsctl({"template", "add", "open", "-m", "9 to 5, {{name|you}}"});
    const auto record = run_smsctl({"reply", "add", "hours", "--template", "open"}).record();
    CHECK(record["template"] == "open");
    CHECK(record["body"] == "9 to 5, {{name|you}}");
    run_smsctl({"template", "set", "open", "-m", "10 to 6"});
    CHECK(run_smsctl({"reply", "show", "hours"}).record()["body"] == "10 to 6");
    const Run removed = run_smsctl({"template", "rm", "open"});
    CHECK(removed.exit == 2);
    CHECK(removed.error()["code"] == "usage.template_in_use");
    CHECK(removed.error()["hint"] == "smsctl reply rm " + record["id"].get<std::string>());
    run_smsctl({"reply", "rm", "hours"});
    CHECK(run_smsctl({"template", "rm", "open"}).exit == 0);
}

TEST_CASE("what reply add refuses")
{
    struct Case {
        std::string name;
        std::vector<std::string> arguments;
        std::string code;
    };
    const auto& row = GENERATE(values<Case>({
        {"an opt-out word", {"hours", "Stop", "-m", "x"}, "usage.keyword"},
        {"one to start again", {"YES", "-m", "x"}, "usage.keyword"},
        {"one for help", {"info!", "-m", "x"}, "usage.keyword"},
        {"an empty keyword", {" ", "-m", "x"}, "usage.keyword"},
        {"no keyword", {"-m", "x"}, "usage.keyword"},
        {"a keyword with --any", {"hours", "--any", "-m", "x"}, "usage.keyword"},
        {"bytes that are no UTF-8", {"a\xFF", "-m", "x"}, "usage.keyword"},
        {"a keyword as long as a letter", {std::string(200, 'x'), "-m", "x"}, "usage.keyword"},
        {"one that is taken", {"TAKEN.", "-m", "x"}, "usage.keyword_taken"},
        {"any, which is taken", {"--any", "-m", "x"}, "usage.keyword_taken"},
        {"no text", {"hours"}, "usage.body"},
        {"an empty text", {"hours", "-m", ""}, "usage.body"},
        {"a text too long", {"hours", "-m", std::string(1700, 'x')}, "usage.too_long"},
        {"a field no message has", {"hours", "-m", "{{code}}"}, "usage.reply_field"},
        {"a name without a default", {"hours", "-m", "Hi {{name}}"}, "usage.reply_field"},
        {"two texts", {"hours", "-m", "x", "--template", "y"}, "usage.excludes"},
        {"a field of the list", {"hours", "-m", "x", "--fields", "colour"}, "usage.fields"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        Traffic traffic;
        run_smsctl({"reply", "add", "taken", "-m", "x"});
        run_smsctl({"reply", "add", "--any", "-m", "x"});
        std::vector<std::string> arguments = {"reply", "add"};
        arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
        const Run run = run_smsctl(arguments);
        CHECK(run.exit == 2);
        CHECK(run.error()["code"] == row.code);
        CHECK(run_smsctl({"reply", "list"}).records().size() == 2);
    }
}

TEST_CASE("a template that is not there is not found, and a dry run stores nothing")
{
    Traffic traffic;
    CHECK(run_smsctl({"reply", "add", "hours", "--template", "open"}).exit == 3);
    const Run dry = run_smsctl({"reply", "add", "hours", "-m", "x", "-n"});
    CHECK(dry.exit == 0);
    CHECK(dry.record()["id"].is_null());
    CHECK(run_smsctl({"reply", "list"}).records().empty());
}

TEST_CASE("settings of replies and of media are checked")
{
    Traffic traffic;
    CHECK(run_smsctl(
              {"workspace", "set", "prod", "reply-pause=5m", "reply-limit=3", "media-dir=/srv/m"})
              .exit == 0);
    for (const std::string bad :
         {"reply-pause=0s", "reply-pause=2d", "reply-limit=0", "reply-limit=x"})
        CHECK(run_smsctl({"workspace", "set", "prod", bad}).error()["code"] == "usage.setting");
}
