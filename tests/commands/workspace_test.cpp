#include "support/run_smsctl.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using smsctl::test::EnvVar;
using smsctl::test::Home;
using smsctl::test::Run;
using smsctl::test::run_smsctl;
using smsctl::test::Surroundings;

namespace {

constexpr const char* account = "AC00000000000000000000000000000001";
constexpr const char* other_account = "AC00000000000000000000000000000002";
constexpr const char* token = "s3cr3t-t0ken-of-this-test";

Run add(std::vector<std::string> more, const Surroundings& surroundings = {})
{
    std::vector<std::string> arguments{
        "workspace", "add", "prod", "--provider", "twilio", "--account-sid", account, "--no-check"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_smsctl(arguments, surroundings);
}

std::string database_text(const Home& home)
{
    std::string text;
    for (const auto& file : std::filesystem::directory_iterator(home.database().parent_path())) {
        std::ifstream in(file.path(), std::ios::binary);
        text.append(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return text;
}

} // namespace

TEST_CASE(
    "a secret comes from stdin, a file, a variable, a command or a prompt, and is never shown")
{
    const Home home;
    std::ofstream(home.path() / "token") << token << '\n';
    const EnvVar variable("MY_TOKEN", token);
    const std::string file = (home.path() / "token").string();
    struct Case {
        const char* name;
        std::vector<std::string> options;
        Surroundings surroundings;
        std::string from;
    };
    // FILE stands for the path, which is another in each section.
    const auto c = GENERATE(values<Case>({
        {"stdin", {"--secret-stdin"}, {std::string(token) + "\n"}, "sealed"},
        {"file", {"--secret-file", "FILE"}, {}, "file:FILE"},
        {"variable", {"--secret-env", "MY_TOKEN"}, {}, "env:MY_TOKEN"},
        {"command", {"--secret-cmd", "/bin/cat 'FILE'"}, {}, "cmd:/bin/cat"},
        {"prompt",
         {"--format", "jsonl"},
         Surroundings::terminal(std::string(token) + "\n"),
         "sealed"},
    }));
    DYNAMIC_SECTION(c.name)
    {
        const auto filled = [&](std::string text) {
            const std::size_t at = text.find("FILE");
            return at == std::string::npos ? text : text.replace(at, 4, file);
        };
        std::vector<std::string> options;
        for (const std::string& option : c.options)
            options.push_back(filled(option));
        const Run run = add(options, c.surroundings);
        INFO(run.err);
        REQUIRE(run.exit == 0);
        CHECK(run.record()["secret_from"] == filled(c.from));
        CHECK(run.record()["webhook_secret_from"] == filled(c.from));
        const Run shown = run_smsctl({"workspace", "show", "prod"});
        for (const std::string& text :
             {run.out, run.err, shown.out, shown.err, database_text(home)})
            CHECK(text.find(token) == std::string::npos);
    }
}

TEST_CASE("a secret that cannot be had exits without saving anything")
{
    const Home home;
    Surroundings typing = Surroundings::terminal("x\n");
    struct Case {
        const char* name;
        std::vector<std::string> options;
        Surroundings surroundings;
        int exit;
        const char* code;
    };
    const auto c = GENERATE_COPY(values<Case>({
        {"stdin is a terminal", {"--secret-stdin"}, typing, 2, "usage.secret_stdin"},
        {"two sources", {"--secret-stdin", "--secret-env", "X"}, {"x"}, 2, "usage.excludes"},
        {"nobody to ask", {}, {}, 2, "usage.no_secret"},
        {"--no-input", {"--no-input"}, typing, 2, "usage.no_secret"},
        {"empty stdin", {"--secret-stdin"}, {"\n"}, 2, "usage.empty_secret"},
        {"unset variable", {"--secret-env", "NO_SUCH_THING"}, {}, 4, "auth.secret_unreadable"},
        {"missing file", {"--secret-file", "/no/such/file"}, {}, 4, "auth.secret_unreadable"},
        {"one stdin for two",
         {"--secret-stdin", "--webhook-secret-stdin"},
         {"x"},
         2,
         "usage.secret_stdin"},
    }));
    DYNAMIC_SECTION(c.name)
    {
        std::vector<std::string> options = c.options;
        options.emplace_back("--format=jsonl");
        const Run run = add(options, c.surroundings);
        CHECK(run.exit == c.exit);
        CHECK(run.error()["code"] == c.code);
        CHECK(run_smsctl({"workspace", "list"}).out.empty());
    }
}

TEST_CASE("credentials are tested first, and nothing is saved when the provider cannot be asked")
{
    const Home home;
    const EnvVar base("SMSCTL_API_BASE", "http://127.0.0.1:1"); // nobody listens there
    const Run run = run_smsctl({"workspace", "add", "dev", "--provider", "sim"});
    CHECK(run.exit == 6);
    CHECK(run.error()["retryable"] == true);
    CHECK(run_smsctl({"workspace", "list"}).out.empty());
}

TEST_CASE("what is wrong with a new workspace is said before anything is asked")
{
    const Home home;
    struct Case {
        const char* name;
        std::vector<std::string> arguments;
        const char* code;
    };
    const auto c = GENERATE(values<Case>({
        {"no account", {"a", "--provider", "twilio"}, "usage.missing"},
        {"bad account", {"a", "--provider", "twilio", "--account-sid", "AC1"}, "usage.sid"},
        {"bad name", {"a b", "--provider", "sim"}, "usage.name"},
        {"reserved name", {"env", "--provider", "sim"}, "usage.name"},
        {"bad sender", {"a", "--provider", "sim", "--from", "nonsense!"}, "usage.setting"},
    }));
    DYNAMIC_SECTION(c.name)
    {
        std::vector<std::string> arguments{"workspace", "add"};
        arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
        const Run run = run_smsctl(arguments);
        CHECK(run.exit == 2);
        CHECK(run.error()["code"] == c.code);
    }
}

TEST_CASE("adding again fails, or updates what is given when asked to")
{
    const Home home;
    REQUIRE(add({"--secret-stdin"}, {"one\n"}).exit == 0);
    CHECK(add({"--secret-stdin"}, {"two\n"}).error()["code"] == "usage.workspace_exists");
    const Run updated = add({"--if-exists", "update", "--from", "+14155552671"});
    CHECK(updated.exit == 0);
    CHECK(updated.record()["settings"]["from"] == "+14155552671");
    CHECK(updated.record()["secret_from"] == "sealed");
    CHECK(run_smsctl({"workspace", "list"}).records().size() == 1);
}

TEST_CASE("settings are checked, normalised, changed and taken away")
{
    const Home home;
    REQUIRE(add({"--secret-stdin"}, {"x\n"}).exit == 0);
    const Run set = run_smsctl({"workspace", "set", "prod", "from=020 7946 0958", "region=gb"});
    INFO(set.err);
    CHECK(set.record()["settings"]["from"] == "+442079460958");
    CHECK(set.record()["settings"]["region"] == "GB");
    const Run dry = run_smsctl({"workspace", "set", "prod", "region=US", "-n"});
    CHECK(dry.record()["settings"]["region"] == "US");
    CHECK(run_smsctl({"workspace", "show", "prod"}).record()["settings"]["region"] == "GB");
    const Run unset = run_smsctl({"workspace", "set", "prod", "from="});
    CHECK_FALSE(unset.record()["settings"].contains("from"));

    CHECK(run_smsctl({"workspace", "set", "prod", "region=XX"}).error()["code"] == "usage.setting");
    CHECK(run_smsctl({"workspace", "set", "prod", "frm=x"}).error()["code"] ==
          "usage.unknown_setting");
    CHECK(run_smsctl({"workspace", "set", "prod", "frm="}).error()["code"] ==
          "usage.unknown_setting");
    CHECK(run_smsctl({"workspace", "set", "prod", "quiet-hours=noon"}).error()["code"] ==
          "usage.setting");
    CHECK(run_smsctl({"workspace", "set", "prod", "from"}).exit == 2);
    CHECK(run_smsctl({"workspace", "set", "nobody", "region=US"}).exit == 3);
}

TEST_CASE("the first workspace is the default until another is chosen")
{
    const Home home;
    REQUIRE(run_smsctl({"workspace", "add", "a", "--provider", "sim", "--no-check"}).exit == 0);
    REQUIRE(run_smsctl({"workspace", "add", "b", "--provider", "sim", "--no-check"}).exit == 0);
    CHECK(run_smsctl({"workspace", "show"}).record()["name"] == "a");
    CHECK(run_smsctl({"workspace", "show", "-w", "b"}).record()["name"] == "b");
    CHECK(run_smsctl({"workspace", "use", "b"}).record()["default"] == true);
    CHECK(run_smsctl({"workspace", "show"}).record()["name"] == "b");
    const EnvVar variable("SMSCTL_WORKSPACE", "a");
    CHECK(run_smsctl({"workspace", "show"}).record()["name"] == "a");
}

TEST_CASE("rm asks for the name, or --yes")
{
    const Home home;
    REQUIRE(run_smsctl({"workspace", "add", "a", "--provider", "sim", "--no-check"}).exit == 0);
    const Run refused = run_smsctl({"workspace", "rm", "a"});
    CHECK(refused.exit == 2);
    CHECK(refused.error()["message"] == "--yes required when not running interactively");
    CHECK(run_smsctl({"workspace", "rm", "a", "-n"}).exit == 0);
    CHECK(run_smsctl({"workspace", "rm", "a"}, Surroundings::terminal("b\n")).exit == 2);
    CHECK(run_smsctl({"workspace", "list"}).records().size() == 1);
    const Run typed = run_smsctl({"workspace", "rm", "a"}, Surroundings::terminal("a\n"));
    CHECK(typed.exit == 0);
    CHECK_THAT(typed.err, Catch::Contains("0 stored messages"));
    CHECK(run_smsctl({"workspace", "rm", "a", "--yes"}).exit == 3);
}

TEST_CASE("without any workspace the error says how to begin")
{
    const Home home;
    const Run run = run_smsctl({"workspace", "show"});
    CHECK(run.exit == 4);
    CHECK(run.error()["code"] == "auth.no_workspace");
    CHECK_THAT(run.error()["hint"].get<std::string>(), Catch::Contains("smsctl workspace add"));
}

TEST_CASE("TWILIO_* variables make the workspace env")
{
    const Home home;
    const EnvVar sid("TWILIO_ACCOUNT_SID", account);
    const EnvVar auth("TWILIO_AUTH_TOKEN", token);
    const EnvVar number("TWILIO_PHONE_NUMBER", "(415) 555-2671");
    const EnvVar url("BASE_URL", "https://example.com");
    const auto record = run_smsctl({"workspace", "show"}).record();
    CHECK(record["name"] == "env");
    CHECK(record["ambient"] == true);
    CHECK(record["account_id"] == account);
    CHECK(record["secret_from"] == "env:TWILIO_AUTH_TOKEN");
    CHECK(record["settings"]["from"] == "+14155552671");
    CHECK(record["settings"]["public-url"] == "https://example.com");
    CHECK(run_smsctl({"workspace", "show", "-w", "env"}).record()["id"] == record["id"]);
    CHECK(run_smsctl({"workspace", "use", "env"}).exit == 2);
    CHECK(database_text(home).find(token) == std::string::npos);

    SECTION("an API key goes before the token")
    {
        const EnvVar key("TWILIO_API_KEY", "SK00000000000000000000000000000001");
        const EnvVar secret("TWILIO_API_SECRET", "another");
        const auto with_key = run_smsctl({"workspace", "show"}).record();
        CHECK(with_key["secret_from"] == "env:TWILIO_API_SECRET");
        CHECK(with_key["webhook_secret_from"] == "env:TWILIO_AUTH_TOKEN");
    }
    SECTION("a default of the same account goes before it without a word")
    {
        REQUIRE(add({"--secret-stdin"}, {"x\n"}).exit == 0);
        const Run run = run_smsctl({"workspace", "show"});
        CHECK(run.record()["name"] == "prod");
        CHECK(run.err.empty());
    }
    SECTION("a default of another account is used for reading, and said so")
    {
        REQUIRE(add({"--secret-stdin"}, {"x\n"}).exit == 0);
        const EnvVar other("TWILIO_ACCOUNT_SID", other_account);
        const Run run = run_smsctl({"workspace", "show"});
        CHECK(run.record()["name"] == "prod");
        CHECK_THAT(run.err, Catch::Contains(other_account) && Catch::Contains("using prod"));
        CHECK(run_smsctl({"workspace", "show", "-w", "prod"}).err.empty());
    }
}

TEST_CASE("SMSCTL_API_BASE is honoured for loopback only")
{
    const Home home;
    REQUIRE(run_smsctl({"workspace", "add", "a", "--provider", "sim", "--no-check"}).exit == 0);
    const EnvVar base("SMSCTL_API_BASE", "https://example.com");
    const Run run = run_smsctl({"workspace", "test"});
    CHECK(run.exit == 2);
    CHECK(run.error()["code"] == "usage.api_base");
}
