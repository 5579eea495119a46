#include "commands/reference.hpp"
#include "commands/session.hpp"
#include "commands/tree.hpp"
#include "output/record.hpp"
#include "support/fake_clock.hpp"
#include "support/run_smsctl.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>

using smsctl::test::Home;
using smsctl::test::Run;
using smsctl::test::run_smsctl;

namespace {

void collect(const smsctl::CommandEntry& entry, std::vector<smsctl::CommandEntry>& all)
{
    all.push_back(entry);
    for (const auto& below : entry.commands)
        collect(below, all);
}

std::vector<smsctl::CommandEntry> every_command()
{
    std::istringstream in;
    std::ostringstream out;
    smsctl::test::FakeClock clock;
    smsctl::Session session({in, out, out}, clock);
    const auto tree = smsctl::make_tree(session);
    std::vector<smsctl::CommandEntry> all;
    collect(smsctl::describe(*tree, session), all);
    return all;
}

} // namespace

TEST_CASE("the help of every command has examples first, then usage, and fits a screen")
{
    for (const smsctl::CommandEntry& command : every_command()) {
        DYNAMIC_SECTION(command.full_name())
        {
            const std::string text = smsctl::help_text(command);
            const std::size_t examples = text.find("\nExamples:\n");
            const std::size_t usage = text.find("\nUsage: smsctl");
            REQUIRE(examples != std::string::npos);
            REQUIRE(usage != std::string::npos);
            CHECK(examples < usage);
            CHECK(std::count(text.begin(), text.end(), '\n') <= 60);
            std::istringstream lines(text);
            for (std::string line; std::getline(lines, line);) {
                INFO(line);
                const auto columns = std::count_if(
                    line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
                CHECK(columns <= 100);
            }
            CHECK(command.summary.back() != '.');
            for (const auto& option : command.options) {
                INFO(option.description);
                CHECK_FALSE(option.description.empty());
                CHECK(option.description.back() != '.');
            }
        }
    }
}

TEST_CASE("a command's examples name commands and options that exist")
{
    const std::vector<smsctl::CommandEntry> all = every_command();
    for (const smsctl::CommandEntry& command : all) {
        if (!command.notes.object.empty())
            CHECK_FALSE(smsctl::output::fields(command.notes.object).empty());
        CHECK_THAT(command.notes.examples.empty() ? "smsctl" : command.notes.examples,
                   Catch::Contains("smsctl"));
    }
}

TEST_CASE("--help, -h and help NAME are the same")
{
    const Home home;
    const std::string text = run_smsctl({"workspace", "add", "--help"}).out;
    CHECK_THAT(text, Catch::Contains("Usage: smsctl workspace add NAME [options]"));
    CHECK(run_smsctl({"workspace", "add", "-h"}).out == text);
    CHECK(run_smsctl({"help", "workspace", "add"}).out == text);
    CHECK(run_smsctl({"--help"}).out == run_smsctl({"help"}).out);
}

TEST_CASE("help has topics")
{
    const Home home;
    const Run codes = run_smsctl({"help", "exit-codes"});
    CHECK(codes.exit == 0);
    CHECK_THAT(codes.out, Catch::Contains("7 in-doubt") && Catch::Contains("12 storage"));
    CHECK_THAT(run_smsctl({"help", "environment"}).out,
               Catch::Contains("SMSCTL_KEY_FILE") && Catch::Contains("CLICOLOR_FORCE"));
    CHECK_THAT(run_smsctl({"help", "json"}).out, Catch::Contains("retryable"));
    CHECK_THAT(run_smsctl({"help", "schema"}).out, Catch::Contains("message\n"));
    const Run schema = run_smsctl({"help", "schema", "message"});
    CHECK(nlohmann::json::parse(schema.out)["title"] == "message");
    CHECK(run_smsctl({"help", "schema", "nonsense"}).exit == 3);
    const Run unknown = run_smsctl({"help", "exit-code"});
    CHECK(unknown.exit == 2);
    CHECK(unknown.error()["hint"] == "did you mean 'exit-codes'?");
}
