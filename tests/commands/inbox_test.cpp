#include "commands/traffic.hpp"

#include <catch2/catch.hpp>

using smsctl::test::our_number;
using smsctl::test::Run;
using smsctl::test::run_smsctl;
using smsctl::test::Surroundings;
using smsctl::test::their_number;
using smsctl::test::Traffic;

TEST_CASE("inbox shows each conversation with its counts and its last message")
{
    Traffic traffic;
    traffic.receive("SM00000000000000000000000000000001", "Hello?");
    traffic.receive("SM00000000000000000000000000000002", "Anybody there?");
    const Run run = run_smsctl({"inbox"});
    CHECK(run.exit == 0);
    const auto record = run.record();
    CHECK(record["object"] == "conversation");
    CHECK(record["contact"]["address"] == their_number);
    CHECK(record["contact"]["name"] == "Unknown (" + their_number + ")");
    CHECK(record["our_number"] == our_number);
    CHECK(record["status"] == "open");
    CHECK(record["message_count"] == 2);
    CHECK(record["unread_count"] == 2);
    CHECK(record["last_message"] == "Anybody there?");
}

TEST_CASE("inbox --unread leaves out what has been read, and an empty inbox is no error")
{
    Traffic traffic;
    CHECK(run_smsctl({"inbox"}).exit == 0);
    CHECK(run_smsctl({"inbox"}).out.empty());
    CHECK(run_smsctl({"inbox", "--format", "json"}).out == "[]\n");
    traffic.add_sent("SM00000000000000000000000000000003", smsctl::sms::Status::delivered);
    CHECK(run_smsctl({"inbox"}).records().size() == 1);
    CHECK(run_smsctl({"inbox", "--unread"}).records().empty());
}

TEST_CASE("inbox on a terminal shows what a stranger wrote with its escapes visible")
{
    Traffic traffic;
    traffic.receive("SM00000000000000000000000000000001", "\x1b[2Jgone");
    const Run run = run_smsctl({"inbox"}, Surroundings::terminal());
    CHECK(run.exit == 0);
    CHECK(run.out.find("\x1b[2J") == std::string::npos);
    CHECK(run.out.find("gone") != std::string::npos);
}
