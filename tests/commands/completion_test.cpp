#include "support/run_smsctl.hpp"

#include <catch2/catch.hpp>

using smsctl::test::Home;
using smsctl::test::run_smsctl;

TEST_CASE("completion prints a script for each shell on stdout")
{
    const Home home;
    CHECK_THAT(run_smsctl({"completion", "bash"}).out,
               Catch::Contains("complete -o default -F _smsctl smsctl") &&
                   Catch::Contains("--if-exists"));
    CHECK_THAT(run_smsctl({"completion", "zsh"}).out,
               Catch::StartsWith("#compdef smsctl") && Catch::Contains("--if-exists"));
    CHECK_THAT(run_smsctl({"completion", "fish"}).out,
               Catch::Contains("complete -c smsctl") && Catch::Contains("-l if-exists"));
    CHECK(run_smsctl({"completion", "tcsh"}).exit == 2);
    CHECK(run_smsctl({"completion"}).exit == 2);
}

TEST_CASE("completion never offers hidden commands")
{
    const Home home;
    for (const char* shell : {"bash", "zsh", "fish"})
        CHECK(run_smsctl({"completion", shell}).out.find("/generate") == std::string::npos);
}

TEST_CASE("completion offers the words an option takes, and none that only name a kind")
{
    const Home home;
    const std::string bash = run_smsctl({"completion", "bash"}).out;
    CHECK(bash.find("skip defer fail") != std::string::npos);
    CHECK(bash.find("P%") == std::string::npos);
}
