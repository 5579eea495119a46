#include "support/run_smsctl.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using smsctl::test::EnvVar;
using smsctl::test::Home;
using smsctl::test::Run;
using smsctl::test::run_smsctl;
using smsctl::test::Surroundings;

namespace {

struct Wrong {
    const char* name;
    std::vector<std::string> arguments;
    const char* code;
    const char* hint; ///< a part of it
};

} // namespace

TEST_CASE("a command line that makes no sense exits 2 and says what was meant")
{
    const Home home;
    const auto wrong = GENERATE(values<Wrong>({
        {"unknown command", {"wrkspace"}, "usage.unknown_command", "'workspace'"},
        {"plural", {"workspaces", "list"}, "usage.unknown_command", "'workspace'"},
        {"ls", {"workspace", "ls"}, "usage.unknown_command", "'list'"},
        {"delete", {"workspace", "delete", "x"}, "usage.unknown_command", "'rm'"},
        {"remove", {"workspace", "remove", "x"}, "usage.unknown_command", "'rm'"},
        {"unknown verb", {"db", "chek"}, "usage.unknown_command", "'check'"},
        {"unknown option", {"db", "path", "--formt", "json"}, "usage.unknown_option", "'--format'"},
        {"unknown short option", {"db", "path", "-X"}, "usage.unknown_option", "--help"},
        {"abbreviation", {"db", "path", "--form", "json"}, "usage.unknown_option", "--format"},
        {"too many operands", {"db", "query", "a", "b"}, "usage.unexpected_argument", "--help"},
        {"missing operand", {"db", "query"}, "usage.missing", "--help"},
        {"missing value", {"db", "path", "--db"}, "usage.missing_value", ""},
        {"value for a flag", {"db", "path", "--json=yes"}, "usage.value", ""},
        {"bad choice", {"db", "path", "--color", "blue"}, "usage.value", ""},
        {"bad number", {"db", "path", "--limit", "-1"}, "usage.value", ""},
        {"bad duration", {"db", "path", "--timeout", "soon"}, "usage.value", ""},
        {"excluding options",
         {"workspace", "add", "x", "--provider", "sim", "--secret-env", "A", "--secret-file", "b"},
         "usage.excludes",
         "--help"},
        {"given twice",
         {"workspace", "add", "x", "--provider", "sim", "--provider", "twilio"},
         "usage.repeated",
         ""},
        {"empty workspace", {"inbox", "-w", ""}, "usage.value", ""},
        {"empty database", {"inbox", "--db="}, "usage.value", ""},
        {"empty operand", {"message", "show", ""}, "usage.empty", ""},
        {"empty recipient", {"send", "", "-m", "x"}, "usage.empty", ""},
        {"hidden command is not offered", {"generat"}, "usage.unknown_command", "--help"},
    }));
    DYNAMIC_SECTION(wrong.name)
    {
        const Run run = run_smsctl(wrong.arguments);
        CHECK(run.exit == 2);
        CHECK(run.out.empty());
        const auto error = run.error();
        CHECK(error["code"] == wrong.code);
        CHECK(error["exit"] == 2);
        if (*wrong.hint != '\0')
            CHECK_THAT(error["hint"].get<std::string>(), Catch::Contains(wrong.hint));
    }
}

TEST_CASE("global options stand before, between and after the words of a command")
{
    const Home home;
    const auto arguments = GENERATE(values<std::vector<std::string>>({
        {"--format", "tsv", "db", "path"},
        {"db", "--format=tsv", "path"},
        {"db", "path", "--format", "tsv"},
        {"db", "path", "-qvv", "--format=json", "--format=tsv"},
    }));
    const Run run = run_smsctl(arguments);
    CHECK(run.exit == 0);
    CHECK_THAT(run.out, Catch::StartsWith("object\tid\tpath\t"));
}

TEST_CASE("values and operands are literal")
{
    const Home home;
    const auto sql = GENERATE(values<std::string>(
        {"select '[a,b]'", "select '++'", "select '{}' -- @file", "select 'list'"}));
    const Run run = run_smsctl({"db", "migrate", "-q"});
    REQUIRE(run.exit == 0);
    CHECK(run_smsctl({"db", "query", sql}).exit == 0);
    CHECK(run_smsctl({"db", "query", "--", sql}).exit == 0);

    // An empty value is a value, not the next argument.
    const Run empty = run_smsctl({"--print=", "db", "query", sql});
    CHECK(empty.exit == 0);
    // Behind -- a word that looks like an option is an operand.
    CHECK(run_smsctl({"db", "query", "--", "--json"}).error()["code"] == "usage.sql");
}

TEST_CASE("an empty table on a terminal says so on stderr, an empty pipe nothing")
{
    const Home home;
    CHECK(run_smsctl({"workspace", "list"}, Surroundings::terminal()).err ==
          "no workspaces yet; smsctl workspace add makes one\n");
    REQUIRE(run_smsctl({"workspace", "add", "dev", "--provider", "sim", "--no-check"}).exit == 0);
    const auto [command, words] = GENERATE(table<std::vector<std::string>, std::string>({
        {{"inbox"}, "no conversations yet"},
        {{"inbox", "--unread"}, "nothing unread"},
        {{"message", "list"}, "no messages yet"},
        {{"number", "list"}, "no numbers here; smsctl sync numbers fetches them"},
    }));
    DYNAMIC_SECTION(words)
    {
        const Run seen = run_smsctl(command, Surroundings::terminal());
        CHECK(seen.out.empty());
        CHECK_THAT(seen.err, Catch::EndsWith(words + "\n"));
        CHECK(run_smsctl(command).err.empty());
    }
}

TEST_CASE("an error is words for people and one object for machines")
{
    const Home home;
    SECTION("a terminal gets words")
    {
        const Run run = run_smsctl({"db", "chek"}, Surroundings::terminal());
        CHECK(run.err == "smsctl: smsctl db has no 'chek'\nhint: did you mean 'check'?\n");
    }
    SECTION("a chosen machine format gets an object, even on a terminal")
    {
        const Run run = run_smsctl({"db", "chek", "--format", "csv"}, Surroundings::terminal());
        CHECK(run.error()["object"] == "error");
    }
    SECTION("SMSCTL_FORMAT is a choice")
    {
        const EnvVar format("SMSCTL_FORMAT", "jsonl");
        CHECK(run_smsctl({"db", "chek"}, Surroundings::terminal()).error()["exit"] == 2);
    }
    SECTION("pipes all round get an object")
    {
        CHECK(run_smsctl({"db", "chek"}).error()["object"] == "error");
    }
    SECTION("stdout in a pipe alone does not")
    {
        Surroundings surroundings = Surroundings::terminal();
        surroundings.out_is_terminal = false;
        CHECK_THAT(run_smsctl({"db", "chek"}, surroundings).err, Catch::StartsWith("smsctl: "));
    }
    SECTION("neither does --print")
    {
        CHECK_THAT(run_smsctl({"db", "chek", "--print", "{{id}}"}).err,
                   Catch::StartsWith("smsctl: "));
    }
    SECTION("--format table asks for words")
    {
        CHECK_THAT(run_smsctl({"db", "chek", "--format", "table"}).err,
                   Catch::StartsWith("smsctl: "));
    }
    SECTION("the keys are those of the contract, in their order")
    {
        std::vector<std::string> keys;
        const auto error = run_smsctl({"nonsense"}).error();
        for (const auto& [key, value] : error.items())
            keys.push_back(key);
        CHECK(keys == std::vector<std::string>{
                          "object", "code", "message", "hint", "retryable", "exit", "provider"});
        CHECK(error["provider"].is_null());
    }
}

TEST_CASE("options go before variables and variables before what is built in")
{
    const Home home;
    const EnvVar format("SMSCTL_FORMAT", "csv");
    CHECK_THAT(run_smsctl({"db", "path"}).out, Catch::StartsWith("object,id,path"));
    CHECK_THAT(run_smsctl({"db", "path", "--format", "tsv"}).out, Catch::StartsWith("object\tid"));
    CHECK_THAT(run_smsctl({"db", "path", "--json"}).out, Catch::StartsWith("{\"object\""));

    const EnvVar database("SMSCTL_DB", (home.path() / "other.db").string());
    CHECK_THAT(run_smsctl({"db", "path"}).out, Catch::Contains("other.db"));
    CHECK_THAT(run_smsctl({"db", "path", "--db", "/x/y.db"}).out, Catch::Contains("/x/y.db"));

    const EnvVar wrong("SMSCTL_FORMAT", "xml");
    CHECK(run_smsctl({"db", "path"}).error()["code"] == "usage.environment");
}

TEST_CASE("--fields chooses, and alone it lists, before anything is touched")
{
    const Home home;
    const Run chosen = run_smsctl({"db", "path", "--fields", "action,ok"});
    CHECK(chosen.out == "{\"action\":\"path\",\"ok\":true}\n");

    const Run listed = run_smsctl({"workspace", "list", "--fields"});
    CHECK(listed.exit == 0);
    CHECK_THAT(listed.out, Catch::StartsWith("object\nid\nname\n"));
    CHECK_FALSE(std::filesystem::exists(home.database()));

    const Run unknown = run_smsctl({"db", "path", "--fields", "nonsense"});
    CHECK(unknown.exit == 2);
    CHECK_THAT(unknown.error()["hint"].get<std::string>(), Catch::Contains("schema_version"));

    // An option or a verb behind it is no value.
    CHECK(run_smsctl({"workspace", "list", "--fields", "-q"}).exit == 0);
    CHECK_THAT(run_smsctl({"workspace", "--fields", "list"}).out, Catch::StartsWith("object\n"));
}

TEST_CASE("--print goes through a template and knows the fields")
{
    const Home home;
    CHECK(run_smsctl({"db", "path", "--print", "<{{action}}> {{ ok }}"}).out == "<path> true\n");
    const Run unknown = run_smsctl({"db", "path", "--print", "{{nonsense}}"});
    CHECK(unknown.exit == 2);
    CHECK_THAT(unknown.err, Catch::Contains("schema_version"));
    CHECK(run_smsctl({"db", "path", "--print", "{{ok"}).exit == 2);
}

TEST_CASE("--quiet prints nothing on success unless a format is asked for")
{
    const Home home;
    const Run quiet = run_smsctl({"db", "path", "-q"});
    CHECK(quiet.out.empty());
    CHECK(quiet.err.empty());
    CHECK_FALSE(run_smsctl({"db", "path", "-q", "--json"}).out.empty());
    CHECK_FALSE(run_smsctl({"db", "chek", "-q"}).err.empty());
}

TEST_CASE("without arguments there is help, and a noun alone is an error")
{
    const Home home;
    const Run nothing = run_smsctl({});
    CHECK(nothing.exit == 0);
    CHECK_THAT(nothing.out, Catch::Contains("Usage: smsctl COMMAND"));
    const Run noun = run_smsctl({"workspace"});
    CHECK(noun.exit == 2);
    CHECK(noun.out.empty());
    CHECK_THAT(noun.err, Catch::Contains("Verbs:"));
    CHECK(run_smsctl({"--version"}).out == "smsctl 0.1.0\n");
}

TEST_CASE("colours follow --color, NO_COLOR, CLICOLOR_FORCE and the terminal, in this order")
{
    const Home home;
    struct Case {
        const char* name;
        std::vector<std::string> options;
        const char* no_color;
        const char* force;
        const char* term;
        bool terminal;
        bool coloured;
    };
    const auto c = GENERATE(values<Case>({
        {"terminal", {}, "", "", "xterm", true, true},
        {"pipe", {}, "", "", "xterm", false, false},
        {"dumb terminal", {}, "", "", "dumb", true, false},
        {"NO_COLOR", {}, "1", "", "xterm", true, false},
        {"forced in a pipe", {}, "", "1", "xterm", false, true},
        {"force of 0", {}, "", "0", "xterm", false, false},
        {"NO_COLOR over force", {}, "1", "1", "xterm", true, false},
        {"option over NO_COLOR", {"--color=always"}, "1", "", "xterm", false, true},
        {"option over terminal", {"--color", "never"}, "", "1", "xterm", true, false},
    }));
    DYNAMIC_SECTION(c.name)
    {
        REQUIRE(run_smsctl({"workspace", "add", "dev", "--provider", "sim", "--no-check"}).exit ==
                0);
        const EnvVar no_color("NO_COLOR", c.no_color);
        const EnvVar force("CLICOLOR_FORCE", c.force);
        const EnvVar term("TERM", c.term);
        std::vector<std::string> arguments{"workspace", "list", "--format", "table"};
        arguments.insert(arguments.end(), c.options.begin(), c.options.end());
        Surroundings surroundings;
        surroundings.out_is_terminal = c.terminal;
        const Run run = run_smsctl(arguments, surroundings);
        CHECK((run.out.find('\x1b') != std::string::npos) == c.coloured);
    }
}

TEST_CASE("changing something is refused when variables and the default name different accounts")
{
    const Home home;
    REQUIRE(run_smsctl({"workspace", "add", "dev", "--provider", "sim", "--no-check"}).exit == 0);
    const EnvVar sid("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001");
    const EnvVar token("TWILIO_AUTH_TOKEN", "x");
    const Run run = run_smsctl({"send", "+14155552671", "-m", "Hi", "-f", "+14155550100"});
    CHECK(run.exit == 2);
    CHECK(run.error()["code"] == "usage.workspace_conflict");
    CHECK(run.error()["hint"] == "choose with -w dev or -w env");
}
