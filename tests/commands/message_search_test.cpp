#include "commands/traffic.hpp"

#include <catch2/catch.hpp>

using smsctl::test::our_number;
using smsctl::test::Run;
using smsctl::test::run_smsctl;
using smsctl::test::Surroundings;
using smsctl::test::their_number;
using smsctl::test::Traffic;

namespace {

std::string sid(int number)
{
    return "SM0000000000000000000000000000000" + std::to_string(number);
}

Run search(std::vector<std::string> arguments, const Surroundings& surroundings = {})
{
    arguments.insert(arguments.begin(), {"message", "search"});
    return run_smsctl(arguments, surroundings);
}

} // namespace

TEST_CASE("message search gives the messages that fit the words and the filters")
{
    struct Row {
        std::vector<std::string> arguments;
        std::vector<std::string> expected;
    };
    const auto row = GENERATE(values<Row>({{{"way"}, {sid(2), sid(1)}},
                                           {{"on", "my", "way"}, {sid(1)}},
                                           {{"\"my way\""}, {sid(1)}},
                                           {{"wa*", "--limit", "1"}, {sid(2)}},
                                           {{"way", "--direction", "out"}, {}},
                                           {{"way", "--status", "received"}, {sid(2), sid(1)}},
                                           {{"hi"}, {sid(3)}},
                                           {{"hi", "--with", their_number}, {sid(3)}},
                                           {{"hi", "--with", "+14155552671"}, {}},
                                           {{"way", "--until", "1h"}, {}},
                                           {{"--", "-my", "way"}, {sid(2)}}}));
    DYNAMIC_SECTION(row.arguments.front() << " " << row.arguments.back())
    {
        Traffic traffic;
        traffic.receive(sid(1), "On my way");
        traffic.receive(sid(2), "No way");
        traffic.add_sent(sid(3), smsctl::sms::Status::delivered);
        const Run run = search(row.arguments);
        CHECK(run.exit == 0);
        std::vector<std::string> found;
        for (const auto& record : run.records())
            found.push_back(record["provider_id"]);
        CHECK(found == row.expected);
    }
}

TEST_CASE("message search says what it cannot read, and searches nothing")
{
    const Traffic traffic;
    const Run run = search({"\"on my way"});
    CHECK(run.exit == 2);
    CHECK(run.error()["code"] == "usage.search");
    CHECK(run.out.empty());
    CHECK(search({}).exit == 2);
    CHECK(search({"way", "--status", "gone"}).exit == 2);
}

TEST_CASE("message search shows on a terminal what was found, and nowhere else")
{
    Traffic traffic;
    traffic.receive(sid(1), "On my \x1b[31mway");
    const Run words = search({"my", "--color", "always"}, Surroundings::terminal());
    CHECK(words.out.find("On \x1b[1;33mmy\x1b[0m \\x1b[31mway") != std::string::npos);
    CHECK(words.out.find("msg_") != std::string::npos);
    const Run plain = search({"my", "--color", "never"}, Surroundings::terminal());
    CHECK(plain.out.find("On my \\x1b[31mway") != std::string::npos);
    const Run piped = search({"my"});
    CHECK(piped.record()["body"] == "On my \x1b[31mway");
    CHECK(search({"my", "--print", "{{provider_id}}"}, Surroundings::terminal()).out ==
          sid(1) + "\n");
    CHECK(search({"my", "-q"}, Surroundings::terminal()).out.empty());
}

TEST_CASE("message search on a terminal says when it was cut, and when nothing fits")
{
    Traffic traffic;
    traffic.receive(sid(1), "way");
    traffic.receive(sid(2), "way");
    CHECK(search({"way", "--limit", "1"}, Surroundings::terminal()).err.find("1 of 2") !=
          std::string::npos);
    CHECK(search({"gone"}, Surroundings::terminal()).err.find("no message fits") !=
          std::string::npos);
}

TEST_CASE("message list --before goes on where a page ended")
{
    Traffic traffic;
    for (int i = 1; i <= 5; ++i)
        traffic.receive(sid(i), "way");
    const Run first = run_smsctl({"message", "list", "--limit", "2"}, Surroundings::terminal());
    const auto page = run_smsctl({"message", "list", "--limit", "2"}).records();
    REQUIRE(page.size() == 2);
    const std::string last = page.back()["id"];
    CHECK(first.err.find("2 of 5; --before " + last) != std::string::npos);
    const auto rest = run_smsctl({"message", "list", "--before", last}).records();
    REQUIRE(rest.size() == 3);
    CHECK(rest.front()["provider_id"] == sid(3));
    CHECK(rest.back()["provider_id"] == sid(1));
    CHECK(run_smsctl({"message", "list", "--before", sid(1)}).records().empty());
    CHECK(run_smsctl({"message", "list", "--before", "msg_0000000"}).exit == 3);
}
