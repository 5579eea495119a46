#include "commands/traffic.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace smsctl;
using test::Run;
using test::run_smsctl;
using test::Surroundings;
using test::Traffic;

namespace {

const std::string text = "Hi {{name|there}}, your code is {{code}}";

Surroundings piped(const std::string& in)
{
    Surroundings surroundings;
    surroundings.in = in;
    return surroundings;
}

std::string body_of(const std::string& name)
{
    return run_smsctl({"template", "show", name}).record()["body"];
}

} // namespace

TEST_CASE("a template is added, shown with its fields, listed by name and removed")
{
    Traffic traffic;
    const Run added = run_smsctl({"template", "add", "welcome", "-m", text});
    REQUIRE(added.exit == 0);
    const auto record = added.record();
    CHECK(record["object"] == "template");
    CHECK(record["id"].get<std::string>().starts_with("tpl_"));
    CHECK(record["workspace"] == "prod");
    CHECK(record["name"] == "welcome");
    CHECK(record["body"] == text);
    CHECK(record["fields"].dump() ==
          R"([{"name":"name","default":"there"},{"name":"code","default":null}])");
    CHECK(record["segments"] == 1);
    CHECK(record["encoding"] == "GSM-7");
    CHECK(run_smsctl({"template", "add", "bye", "-m", "Bye ✓"}).record()["encoding"] == "UCS-2");

    const auto listed = run_smsctl({"template", "list"}).records();
    REQUIRE(listed.size() == 2);
    CHECK(listed[0]["name"] == "bye");
    CHECK(listed[1] == record);
    CHECK(run_smsctl({"template", "list", "--limit", "1"}).records().size() == 1);

    CHECK(run_smsctl({"template", "rm", "welcome"}).record() == record);
    CHECK(run_smsctl({"template", "show", "welcome"}).exit == 3);
    CHECK(run_smsctl({"template", "rm", "welcome"}).error()["code"] == "not_found.template");
    CHECK(run_smsctl({"template", "list"}).records().size() == 1);
}

TEST_CASE("the text comes from an option, a file or a pipe, and is kept as it is")
{
    Traffic traffic;
    const std::string file = (traffic.home.path() / "text").string();
    std::ofstream(file) << "{{a}}\n{{b}}\n";
    CHECK(run_smsctl({"template", "add", "a", "--body-file", file}).record()["body"] ==
          "{{a}}\n{{b}}");
    CHECK(run_smsctl({"template", "add", "b", "--body-file", "-"}, piped("x\n")).record()["body"] ==
          "x");
    CHECK(run_smsctl({"template", "add", "c"}, piped("y")).record()["body"] == "y");
    CHECK(run_smsctl({"template", "add", "d"}, piped("")).error()["code"] == "usage.body");
    CHECK(run_smsctl({"template", "add", "d", "-m", "x", "--body-file", file}).exit == 2);
}

TEST_CASE("add refuses a name that is taken, unless it may change the template")
{
    Traffic traffic;
    const auto first = run_smsctl({"template", "add", "welcome", "-m", "one"}).record();
    const Run again = run_smsctl({"template", "add", "welcome", "-m", "two"});
    CHECK(again.exit == 2);
    CHECK(again.error()["code"] == "usage.template_exists");
    CHECK(again.error()["hint"] == "smsctl template set welcome changes it");
    CHECK(body_of("welcome") == "one");
    const auto updated =
        run_smsctl({"template", "add", "welcome", "-m", "two", "--if-exists", "update"}).record();
    CHECK(updated["id"] == first["id"]);
    CHECK(updated["created_at"] == first["created_at"]);
    CHECK(body_of("welcome") == "two");
}

TEST_CASE("set changes text and name and keeps the rest")
{
    Traffic traffic;
    test::FakeClock clock(test::noon);
    Surroundings later;
    later.clock = &clock;
    const auto added = run_smsctl({"template", "add", "welcome", "-m", text}, later).record();
    clock.step(std::chrono::hours(1));
    const auto set = run_smsctl({"template", "set", "welcome", "-m", "Hello"}, later).record();
    CHECK(set["id"] == added["id"]);
    CHECK(set["body"] == "Hello");
    CHECK(set["created_at"] == added["created_at"]);
    CHECK(set["updated_at"] != added["updated_at"]);
    const std::string id = added["id"];
    const auto renamed = run_smsctl({"template", "set", id, "--name", "greeting"}).record();
    CHECK(renamed["id"] == id);
    CHECK(renamed["body"] == "Hello");
    CHECK(run_smsctl({"template", "show", "welcome"}).exit == 3);
    run_smsctl({"template", "add", "other", "-m", "x"});
    CHECK(run_smsctl({"template", "set", "other", "--name", "greeting"}).exit == 2);
    CHECK(run_smsctl({"template", "set", "nobody", "-m", "x"}).exit == 3);
    CHECK(run_smsctl({"template", "set", "greeting", "-m", "{{"}).exit == 2);
    CHECK(body_of("greeting") == "Hello");
}

TEST_CASE("a dry run says what would be and stores nothing")
{
    Traffic traffic;
    const auto added = run_smsctl({"template", "add", "welcome", "-m", text, "-n"}).record();
    CHECK(added["id"].is_null());
    CHECK(added["body"] == text);
    CHECK(run_smsctl({"template", "list"}).out.empty());
    run_smsctl({"template", "add", "welcome", "-m", text});
    CHECK(run_smsctl({"template", "set", "welcome", "-m", "x", "-n"}).record()["body"] == "x");
    CHECK(run_smsctl({"template", "add", "welcome", "-m", "x", "--if-exists", "update", "-n"})
              .record()["body"] == "x");
    CHECK(run_smsctl({"template", "rm", "welcome", "-n"}).exit == 0);
    CHECK(body_of("welcome") == text);
    CHECK(run_smsctl({"template", "add", "welcome", "-m", "x", "-n"}).exit == 2);
    CHECK(run_smsctl({"template", "rm", "nobody", "-n"}).exit == 3);
}

TEST_CASE("names and texts that will not do are refused before anything is stored")
{
    Traffic traffic;
    struct Row {
        std::string name;
        std::string code;
        std::vector<std::string> arguments;
    };
    const std::vector<Row> rows{
        {"a blank in the name", "usage.name", {"my template", "-m", "x"}},
        {"a name like an id", "usage.name", {"tpl_1", "-m", "x"}},
        {"an empty text", "usage.body", {"welcome", "-m", ""}},
        {"a section", "usage.template", {"welcome", "-m", "{{#vip}}x{{/vip}}"}},
        {"an open field", "usage.template", {"welcome", "-m", "Hi {{name"}},
        {"bytes that are not UTF-8", "usage.template", {"welcome", "-m", "caf\xE9"}}};
    for (const Row& row : rows) {
        INFO(row.name);
        std::vector<std::string> arguments{"template", "add"};
        arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
        const Run run = run_smsctl(arguments);
        CHECK(run.exit == 2);
        CHECK(run.error()["code"] == row.code);
    }
    CHECK(run_smsctl({"template", "add", "welcome", "-m", "x", "--fields", "colour"}).exit == 2);
    CHECK(run_smsctl({"template", "list"}).out.empty());
}

TEST_CASE("render fills a template in and names what is missing")
{
    Traffic traffic;
    const auto added = run_smsctl({"template", "add", "welcome", "-m", text}).record();
    const auto rendered =
        run_smsctl({"template", "render", "welcome", "--var", "code={{7}} = 7", "--var", "name=王"})
            .record();
    CHECK(rendered["object"] == "rendering");
    CHECK(rendered["id"] == added["id"]);
    CHECK(rendered["template"] == "welcome");
    CHECK(rendered["body"] == "Hi 王, your code is {{7}} = 7");
    CHECK(rendered["segments"] == 1);
    CHECK(rendered["encoding"] == "UCS-2");

    const Run missing = run_smsctl({"template", "render", "welcome", "--var", "name=Ann"});
    CHECK(missing.exit == 2);
    CHECK(missing.error()["code"] == "usage.missing_variable");
    CHECK(missing.error()["message"] == "template welcome needs a value for code");
    CHECK(run_smsctl({"template", "render", "welcome", "--var", "code="}).exit == 2);
    const Run unknown = run_smsctl({"template", "render", "welcome", "--var", "cod=7"});
    CHECK(unknown.exit == 2);
    CHECK(unknown.error()["hint"] == "did you mean 'code'?");
    for (const std::vector<std::string>& variables : std::vector<std::vector<std::string>>{
             {"code"}, {"code=1", "code=2"}, {"code=caf\xE9"}, {"=x", "code=1"}}) {
        std::vector<std::string> arguments{"template", "render", "welcome"};
        for (const std::string& variable : variables)
            arguments.insert(arguments.end(), {"--var", variable});
        CHECK(run_smsctl(arguments).error()["code"] == "usage.variable");
    }
}

TEST_CASE("a template is found by name first, then by id and by what an id begins with")
{
    Traffic traffic;
    const std::string first = run_smsctl({"template", "add", "one", "-m", "1"}).record()["id"];
    CHECK(body_of(first) == "1");
    CHECK(body_of(first.substr(0, 12)) == "1");
    CHECK(run_smsctl({"template", "show", "tpl"}).exit == 3);
    run_smsctl({"template", "add", "two", "-m", "2"});
    const Run ambiguous = run_smsctl({"template", "show", "tpl_"});
    CHECK(ambiguous.exit == 2);
    CHECK(ambiguous.error()["code"] == "usage.ambiguous");
    CHECK_THAT(ambiguous.error()["message"].get<std::string>(),
               Catch::Contains("(one)") && Catch::Contains("(two)"));
}

TEST_CASE("on a terminal a listing is a table and a stranger's characters are shown")
{
    Traffic traffic;
    run_smsctl({"template", "add", "odd", "-m", "a\x1b[31mb"});
    const Run run = run_smsctl({"template", "list"}, Surroundings::terminal());
    CHECK(run.out.find("NAME") != std::string::npos);
    CHECK(run.out.find("\x1b[31m") == std::string::npos);
    CHECK(run.out.find("a\\x1b[31mb") != std::string::npos);
}
