#include "support/run_smsctl.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using smsctl::test::Home;
using smsctl::test::Run;
using smsctl::test::run_smsctl;
using smsctl::test::Surroundings;

TEST_CASE("db path says where the database is and makes none")
{
    const Home home;
    const auto record = run_smsctl({"db", "path", "--json"}).record();
    CHECK(record["path"] == home.database().string());
    CHECK(run_smsctl({"db", "path"}).out == home.database().string() + "\n");
    CHECK(run_smsctl({"db", "path"}, Surroundings::terminal()).out ==
          home.database().string() + "\n");
    CHECK(record["schema_version"].is_null());
    CHECK_FALSE(std::filesystem::exists(home.database()));
    CHECK(run_smsctl({"db", "check"}).exit == 3);
}

TEST_CASE("db migrate -n shows the SQL and changes nothing")
{
    const Home home;
    REQUIRE(run_smsctl({"db", "migrate"}).exit == 0);
    const auto record = run_smsctl({"db", "migrate", "-n"}).record();
    CHECK(record["schema_version"] == record["newest_version"]);
    CHECK(record["migrations"].empty());
    CHECK(record["backup"].is_null());
}

TEST_CASE("db backup copies once and never over a file")
{
    const Home home;
    REQUIRE(run_smsctl({"workspace", "add", "dev", "--provider", "sim", "--no-check"}).exit == 0);
    const std::string copy = (home.path() / "copy.db").string();
    CHECK(run_smsctl({"db", "backup", copy, "-n"}).exit == 0);
    CHECK_FALSE(std::filesystem::exists(copy));
    CHECK(run_smsctl({"db", "backup", copy}).record()["backup"] == copy);
    CHECK(run_smsctl({"--db", copy, "workspace", "list"}).record()["name"] == "dev");
    CHECK(run_smsctl({"db", "backup", copy}).exit != 0);
}

TEST_CASE("db check is 0 for a whole database and 12 for a damaged one")
{
    const Home home;
    REQUIRE(run_smsctl({"workspace", "add", "dev", "--provider", "sim", "--no-check"}).exit == 0);
    CHECK(run_smsctl({"db", "check"}).record()["ok"] == true);

    const std::filesystem::path bad = home.path() / "bad.db";
    std::ofstream(bad) << std::string(8192, 'x');
    const Run run = run_smsctl({"--db", bad.string(), "db", "check"});
    CHECK(run.exit == 12);
    CHECK(run.error()["exit"] == 12);
}

TEST_CASE("db query does not lose one of two columns of the same name")
{
    const Home home;
    REQUIRE(run_smsctl({"db", "migrate"}).exit == 0);
    const Run run = run_smsctl({"db", "query", "select 1 as a, 2 as a"});
    CHECK(run.exit == 2);
    CHECK(run.error()["message"] == "two columns are called a");
}

TEST_CASE("db query reads in every format and refuses to write")
{
    const Home home;
    REQUIRE(run_smsctl({"db", "migrate"}).exit == 0);
    const std::string sql = "select 1 as one, null as none, '=1+1' as formula";
    CHECK(run_smsctl({"db", "query", sql}).out ==
          "{\"one\":1,\"none\":null,\"formula\":\"=1+1\"}\n");
    CHECK(run_smsctl({"db", "query", sql, "--format", "csv"}).out ==
          "one,none,formula\r\n1,,'=1+1\r\n");
    CHECK(run_smsctl({"db", "query", "select 1 as a where 0", "--format", "csv"}).out == "a\r\n");
    CHECK(run_smsctl({"db", "query", "values (1), (2)", "--limit", "1"}).records().size() == 1);
    const Run cut = run_smsctl({"db", "query", "values (1), (2)", "--limit", "1"},
                               smsctl::test::Surroundings::terminal());
    CHECK(cut.err.find("the first 1; --limit 0 shows all") != std::string::npos);
    CHECK(run_smsctl({"db", "query", "select 1 as a where 0", "--format", "json"}).out == "[]\n");
    CHECK(run_smsctl({"db", "query", "select 1 as a where 0"}).out.empty());
    CHECK(run_smsctl({"db", "query", "delete from workspaces"}).exit == 2);
    CHECK(run_smsctl({"db", "query", "nonsense"}).exit == 2);
}
