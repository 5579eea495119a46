// `sync messages` and `sync calls` against a simulator.
#include "commands/number_world.hpp"

#include <catch2/catch.hpp>

using smsctl::test::NumberWorld;
using smsctl::test::Run;
using smsctl::test::run_smsctl;
using smsctl::test::Surroundings;

namespace {

const std::string theirs = "+14155552671";

struct World : NumberWorld {
    World() { run_smsctl({"sync", "numbers", "-q"}); }

    std::string inbound(const std::string& body, const std::string& media = {})
    {
        smsctl::http::Form form{{"From", theirs}, {"To", number()}, {"Body", body}};
        if (!media.empty())
            form.emplace_back("MediaUrl", media);
        return sim.json(201, "POST", "/sim/inbound", form)["sid"];
    }
    /// What somebody else sends from the account.
    std::string elsewhere(const std::string& body)
    {
        const std::string sid =
            sim.create({{"From", number()}, {"To", theirs}, {"Body", body}})["sid"];
        sim.wait_for(sid, "delivered");
        return sid;
    }
    std::string call(const smsctl::http::Form& form)
    {
        return sim.json(201, "POST", "/sim/calls", form)["sid"];
    }
};

} // namespace

TEST_CASE("sync messages brings both directions, media and opt-outs, and then nothing more")
{
    World world;
    world.inbound("Hello");
    const std::string mms = world.inbound("look", "https://example.com/cat.png");
    const std::string sent = world.elsewhere("from the console");
    world.inbound("STOP");

    const Run dry = run_smsctl({"sync", "messages", "-n"});
    CHECK(dry.exit == 0);
    CHECK(dry.records().size() == 4);
    CHECK(dry.err.find("(dry run)") != std::string::npos);
    CHECK(run_smsctl({"inbox"}).records().empty());

    const Run first = run_smsctl({"sync", "messages"});
    CHECK(first.exit == 0);
    REQUIRE(first.records().size() == 4);
    for (const auto& record : first.records()) {
        CHECK(record["kind"] == "message");
        CHECK(record["change"] == "added");
        CHECK(record["address"] == theirs);
    }
    CHECK(first.err.find("4 messages read in 1 page: 4 added, 0 changed") != std::string::npos);

    const auto shown = run_smsctl({"message", "show", mms}).record();
    CHECK(shown["media"].size() == 1);
    CHECK(shown["media"][0]["content_type"] == "image/png");
    const auto outbound = run_smsctl({"message", "show", sent}).record();
    CHECK(outbound["direction"] == "outbound");
    CHECK(outbound["status"] == "delivered");
    CHECK(outbound["price"] == "0.0079");
    CHECK(run_smsctl({"inbox"}).record()["unread_count"] == 3);
    CHECK(run_smsctl({"send", theirs, "-m", "Hi", "--from", world.number()}).exit == 11);

    const Run second = run_smsctl({"sync", "messages"});
    CHECK(second.exit == 0);
    CHECK(second.out.empty());
    CHECK(second.err.find("nothing changed") != std::string::npos);
    CHECK(run_smsctl({"sync", "messages", "-q"}).err.empty());
}

TEST_CASE("sync messages says field by field what became of a send of ours")
{
    World world;
    const auto sent = run_smsctl({"send", theirs, "-m", "Hi", "--from", world.number()}).record();
    world.sim.wait_for(sent["provider_id"], "delivered");
    const auto record = run_smsctl({"sync", "messages"}).record();
    CHECK(record["id"] == sent["id"]);
    CHECK(record["change"] == "changed");
    REQUIRE(record["fields"].size() == 2);
    CHECK(record["fields"][0]["field"] == "status");
    CHECK(record["fields"][0]["to"] == "delivered");
    CHECK(record["fields"][1]["to"] == "0.0079 USD");
}

TEST_CASE("calls stand in the thread beside the messages")
{
    World world;
    world.inbound("Hello");
    const std::string incoming =
        world.call({{"From", theirs}, {"To", world.number()}, {"Duration", "75"}});
    world.call({{"From", world.number()}, {"To", "+14155552679"}, {"Status", "busy"}});
    CHECK(run_smsctl({"sync", "calls"}).records().size() == 2);
    CHECK(run_smsctl({"sync", "calls"}).out.empty());
    CHECK(run_smsctl({"sync", "messages"}).records().size() == 1);

    const auto thread = run_smsctl({"tail", theirs}).records();
    REQUIRE(thread.size() == 2);
    CHECK(thread[0]["object"] == "call"); // it began before the text was written
    CHECK(thread[0]["provider_id"] == incoming);
    CHECK(thread[0]["direction"] == "inbound");
    CHECK(thread[0]["duration"] == 75);
    CHECK(thread[0]["price"] == "0.028");
    CHECK(thread[1]["object"] == "message");

    struct Case {
        const char* name;
        std::vector<std::string> arguments;
        std::size_t count;
    };
    for (const Case& row : {Case{"all", {"--kind", "call"}, 2},
                            Case{"of a number nobody knew", {"+14155552679"}, 1},
                            Case{"inbound", {"--kind", "call", "--direction", "in"}, 1},
                            Case{"by status", {"--kind", "call", "--status", "busy"}, 1},
                            Case{"with a text", {"--grep", "Hello"}, 1},
                            Case{"no calls", {"--kind", "message"}, 1},
                            Case{"the last", {"--last", "1"}, 1}}) {
        INFO(row.name);
        std::vector<std::string> arguments = {"tail"};
        arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
        CHECK(run_smsctl(arguments).records().size() == row.count);
    }
    const Run fields = run_smsctl({"tail", "--kind", "call", "--fields", "from,duration"});
    CHECK(fields.records().front().size() == 2);
    const Run lines = run_smsctl({"tail", theirs}, Surroundings::terminal());
    CHECK(lines.out.find("☎ completed  1:15  0.028 USD") != std::string::npos);
}

TEST_CASE("what a sync brings stands where it happened")
{
    World world;
    world.inbound("long ago");
    const auto sent = run_smsctl({"send", theirs, "-m", "now", "--from", world.number()}).record();
    run_smsctl({"sync", "messages", "-q"});
    const auto all = run_smsctl({"tail", "--kind", "message"}).records();
    REQUIRE(all.size() == 2);
    CHECK(all[0]["body"] == "long ago");
    CHECK(all[1]["body"] == "now");
    CHECK(all[0]["seq"] > all[1]["seq"]);
    // A reader that goes by sequence numbers gets it last.
    CHECK(run_smsctl({"tail", "--kind", "message", "--after", "0"}).records().back()["body"] ==
          "long ago");
}

TEST_CASE("sync without a word takes all there is, and says what it cannot take")
{
    World world;
    world.inbound("Hello");
    world.call({{"From", theirs}, {"To", world.number()}});
    CHECK(run_smsctl({"sync"}).records().size() == 2);
    CHECK(run_smsctl({"sync", "--full"}).out.empty());
    CHECK(run_smsctl({"sync", "messages", "--since", "1h"}).out.empty());

    const Run opt_outs = run_smsctl({"sync", "optouts"});
    CHECK(opt_outs.exit == 2);
    CHECK(opt_outs.error()["hint"].get<std::string>().find("smsctl sync messages") !=
          std::string::npos);
    CHECK(run_smsctl({"sync", "messages", "--full", "--since", "1h"}).exit == 2);
    CHECK(run_smsctl({"sync", "profiles"}).error()["code"] == "usage.unsupported");
    CHECK(run_smsctl({"sync", "mesages"}).exit == 2);
}

TEST_CASE("a sync on a terminal shows how far it is")
{
    World world;
    world.inbound("Hello");
    const Run run = run_smsctl({"sync", "messages"}, Surroundings::terminal());
    CHECK(run.exit == 0);
    CHECK(run.out.find("added") != std::string::npos);
    CHECK(run.err.find("1 message read in 1 page") != std::string::npos);
}
