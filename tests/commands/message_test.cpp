#include "commands/traffic.hpp"
#include "store/event_log.hpp"

#include <catch2/catch.hpp>

using smsctl::test::our_number;
using smsctl::test::Run;
using smsctl::test::run_smsctl;
using smsctl::test::Surroundings;
using smsctl::test::their_number;
using smsctl::test::Traffic;

namespace {

const std::string inbound_sid = "SM00000000000000000000000000000001";
const std::string outbound_sid = "SM00000000000000000000000000000002";

/// One text received and one delivered.
void fill(Traffic& traffic)
{
    traffic.receive(inbound_sid, "On my way");
    traffic.add_sent(outbound_sid, smsctl::sms::Status::delivered);
}

std::string show(const std::string& reference, const std::string& field)
{
    return run_smsctl({"message", "show", reference}).record()[field];
}

} // namespace

TEST_CASE("message list gives what fits the filters, newest first")
{
    struct Row {
        std::string name;
        std::vector<std::string> options;
        std::vector<std::string> expected;
    };
    const auto row =
        GENERATE(values<Row>({{"no filter", {}, {outbound_sid, inbound_sid}},
                              {"received", {"--direction", "in"}, {inbound_sid}},
                              {"sent", {"--direction", "outbound"}, {outbound_sid}},
                              {"a status", {"--status", "delivered"}, {outbound_sid}},
                              {"to do", {"--processed", "false"}, {outbound_sid, inbound_sid}},
                              {"done", {"--processed", "true"}, {}},
                              {"one end", {"--with", their_number}, {outbound_sid, inbound_sid}},
                              {"nobody's", {"--with", "+14155552671"}, {}},
                              {"a tag", {"--tag", "none"}, {}},
                              {"an hour", {"--since", "1h"}, {outbound_sid, inbound_sid}},
                              {"before an hour", {"--until", "1h"}, {}},
                              {"one row", {"--limit", "1"}, {outbound_sid}}}));
    DYNAMIC_SECTION(row.name)
    {
        Traffic traffic;
        fill(traffic);
        std::vector<std::string> arguments{"message", "list"};
        arguments.insert(arguments.end(), row.options.begin(), row.options.end());
        const Run run = run_smsctl(arguments);
        CHECK(run.exit == 0);
        std::vector<std::string> found;
        for (const auto& record : run.records())
            found.push_back(record["provider_id"]);
        CHECK(found == row.expected);
    }
}

TEST_CASE("message list refuses words it does not know")
{
    const Traffic traffic;
    const auto arguments = GENERATE(values<std::vector<std::string>>({{"--status", "deliverd"},
                                                                      {"--direction", "up"},
                                                                      {"--processed", "perhaps"},
                                                                      {"--with", "nobody"},
                                                                      {"--since", "yesteryear"}}));
    DYNAMIC_SECTION(arguments.front())
    {
        const Run run = run_smsctl({"message", "list", arguments[0], arguments[1]});
        CHECK(run.exit == 2);
        CHECK(run.out.empty());
    }
}

TEST_CASE("message list on a terminal says when it was cut")
{
    Traffic traffic;
    fill(traffic);
    const Run run = run_smsctl({"message", "list", "--limit", "1"}, Surroundings::terminal());
    CHECK(run.exit == 0);
    CHECK(run.err.find("1 of 2") != std::string::npos);
}

TEST_CASE("message show takes either id or a prefix, and an event by its id")
{
    Traffic traffic;
    fill(traffic);
    const std::string id = show(inbound_sid, "id");
    CHECK(show(id, "body") == "On my way");
    CHECK(show(id.substr(0, id.size() - 1), "object") == "message");

    smsctl::store::Scope scope = traffic.scope();
    const auto events = smsctl::store::EventLog(scope).list({});
    REQUIRE_FALSE(events.empty());
    CHECK(show(events.front().id, "object") == "event");
    CHECK(show(events.front().id, "message") == id);
}

TEST_CASE("message show on a terminal lists what happened to the message below it")
{
    Traffic traffic;
    fill(traffic);
    const Run run = run_smsctl({"message", "show", inbound_sid}, Surroundings::terminal());
    CHECK(run.exit == 0);
    CHECK(run.out.find("On my way") < run.out.find("callback"));
    CHECK(run.out.find("callback") != std::string::npos);
}

TEST_CASE("message show says what it cannot find")
{
    const Traffic traffic;
    for (const std::string reference : {"msg_0000000000", "evt_0000000000", "SM0000"}) {
        const Run run = run_smsctl({"message", "show", reference});
        CHECK(run.exit == 3);
        CHECK(run.out.empty());
    }
}

TEST_CASE("message mark --processed keeps the chat and the reply, and prints the message")
{
    Traffic traffic;
    fill(traffic);
    const Run run = run_smsctl({"message",
                                "mark",
                                inbound_sid,
                                "--processed",
                                "--chat",
                                "chat-7",
                                "--response",
                                outbound_sid});
    CHECK(run.exit == 0);
    const auto record = run.record();
    CHECK(record["processed"] == true);
    CHECK(record["chat"] == "chat-7");
    CHECK(record["response"] == outbound_sid);
    CHECK(run_smsctl({"message", "show", inbound_sid}).record() == record);
    CHECK(run_smsctl({"message", "list", "--processed", "true"}).records().size() == 1);
}

TEST_CASE("message mark marks nothing when one reference is wrong, or with -n")
{
    Traffic traffic;
    fill(traffic);
    CHECK(run_smsctl({"message", "mark", inbound_sid, "msg_00000000", "--processed"}).exit == 3);
    CHECK(run_smsctl({"message", "mark", inbound_sid, "--processed", "--response", "msg_00000000"})
              .exit == 3);
    const Run dry = run_smsctl({"message", "mark", inbound_sid, "--processed", "-n"});
    CHECK(dry.exit == 0);
    CHECK(dry.record()["processed"] == true);
    CHECK(run_smsctl({"message", "list", "--processed", "true"}).records().empty());
}

TEST_CASE("message mark wants to know what to mark")
{
    Traffic traffic;
    fill(traffic);
    CHECK(run_smsctl({"message", "mark", inbound_sid}).exit == 2);
    CHECK(run_smsctl({"message", "mark", inbound_sid, "--read", "--processed"}).exit == 2);
    CHECK(run_smsctl({"message", "mark", "--processed"}).exit == 2);
}

TEST_CASE("message mark --read clears the conversation of a number, a message or a conv_ id")
{
    Traffic traffic;
    traffic.receive(inbound_sid, "On my way");
    const auto conversation = run_smsctl({"inbox"}).record();
    REQUIRE(conversation["unread_count"] == 1);
    for (const std::string& reference :
         {their_number, inbound_sid, conversation["id"].get<std::string>()}) {
        INFO(reference);
        const Run dry = run_smsctl({"message", "mark", reference, "--read", "-n"});
        CHECK(dry.exit == 0);
        CHECK(run_smsctl({"inbox", "--unread"}).records().size() == 1);
        const Run run = run_smsctl({"message", "mark", reference, "--read"});
        CHECK(run.exit == 0);
        CHECK(run.record()["unread_count"] == 0);
        CHECK(run_smsctl({"inbox", "--unread"}).records().empty());
        traffic.receive("SM0000000000000000000000000000" + std::to_string(1000 + reference.size()),
                        "Still there?");
    }
}
