#include "commands/traffic.hpp"
#include "store/event_log.hpp"
#include "store/opt_outs.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace smsctl;
using test::Run;
using test::run_smsctl;
using test::Surroundings;
using test::Traffic;

namespace {

const std::string ana = "+14155552671";
const std::string ben = "+14155550123";
const std::string desk = "+14155550177"; // a sender

Surroundings piped(const std::string& in)
{
    Surroundings surroundings;
    surroundings.in = in;
    return surroundings;
}

/// What a callback does with a text from ana to the desk.
void receive(Traffic& traffic, const std::string& sid, const std::string& body)
{
    providers::InboundMessage inbound;
    inbound.provider_id = sid;
    inbound.from = ana;
    inbound.to = desk;
    inbound.body = body;
    inbound.keyword = sms::keyword(body);
    store::Scope scope = traffic.scope();
    store::Transaction transaction = scope.begin();
    const SystemClock clock;
    updates::Updates(scope, clock).apply(inbound, sms::EventSource::callback, "Body=…");
    transaction.commit();
}

std::vector<std::string> field(const Run& run, const std::string& name)
{
    std::vector<std::string> values;
    for (const auto& record : run.records())
        values.push_back(record[name].is_null() ? "null" : record[name].get<std::string>());
    return values;
}

/// kind, source, status and reason of what the log holds of opt-outs.
std::vector<std::string> log_of(Traffic& traffic)
{
    store::Scope scope = traffic.scope();
    std::vector<std::string> lines;
    for (const sms::Event& event : store::EventLog(scope).list({}))
        if (event.kind == sms::EventKind::opt_out)
            lines.push_back(
                fmt::format("{} {}: {}", sms::word(event.source), event.status, event.reason));
    return lines;
}

std::int64_t stored_count(Traffic& traffic)
{
    store::Scope scope = traffic.scope();
    return store::OptOuts(scope).count({});
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("optout add stores once, for one sender or for all, and a send is then blocked")
{
    Traffic traffic;
    const Run added = run_smsctl({"optout", "add", "(415) 555-2671", "--reason", "by phone"});
    CHECK(added.exit == 0);
    const auto record = added.record();
    CHECK(record["object"] == "opt_out");
    CHECK(record["number"] == ana);
    CHECK(record["from"].is_null());
    CHECK(record["change"] == "added");
    CHECK(record["reason"] == "by phone");
    CHECK(record["source"] == "command");
    CHECK(record["opted_out"] == true);

    const auto again = run_smsctl({"optout", "add", ana, "--reason", "twice"}).record();
    CHECK(again["change"] == "unchanged");
    CHECK(again["id"] == record["id"]);
    CHECK(again["reason"] == "by phone");
    CHECK(log_of(traffic) ==
          Texts{"command added: " + ana + " opted out of every sender: by phone"});

    const auto one = run_smsctl({"optout", "add", ben, "--from", desk}).record();
    CHECK(one["from"] == desk);
    CHECK(one["reason"].is_null());

    store::Scope scope = traffic.scope();
    sms::Number number = test::make_number(desk);
    store::Numbers(scope).insert(number);
    for (const std::string& to : {ana, ben}) {
        const Run send = run_smsctl({"send", to, "-m", "Hi", "--from", desk, "--yes"});
        CHECK(send.exit == 11);
        CHECK(send.error()["code"] == "blocked.opt_out");
        const std::string said = send.record()["error"]["message"];
        CHECK((said.find("(\"by phone\")") != std::string::npos) == (to == ana));
        CHECK(said.find("\"\"") == std::string::npos);
    }
}

TEST_CASE("fields that an opt-out does not have are refused before anything changes")
{
    Traffic traffic;
    CHECK(run_smsctl({"optout", "add", ana, "--fields", "colour"}).exit == 2);
    CHECK(run_smsctl({"optout", "list"}).out.empty());
    REQUIRE(run_smsctl({"optout", "add", ana}).exit == 0);
    CHECK(run_smsctl({"optout", "rm", ana, "--reason", "x", "--print", "{{colour}}"}).exit == 2);
    CHECK(run_smsctl({"optout", "list"}).records().size() == 1);
}

TEST_CASE("optout add - takes a list whole, comments and empty lines apart")
{
    Traffic traffic;
    const Run run = run_smsctl({"optout", "add", "-", ben, "--reason", "old system"},
                               piped("\xEF\xBB\xBF# exported\r\n" + ana +
                                     ", asked by mail, twice\r\n\r\n  4155550188  \n" + ana));
    REQUIRE(run.exit == 0);
    CHECK(field(run, "number") == Texts{ana, "+14155550188", ana, ben});
    CHECK(field(run, "change") == Texts{"added", "added", "unchanged", "added"});
    CHECK(field(run, "reason") ==
          Texts{"asked by mail, twice", "old system", "asked by mail, twice", "old system"});
    CHECK(stored_count(traffic) == 3);
    const Run none = run_smsctl({"optout", "add", "-"});
    CHECK(none.exit == 0);
    CHECK(none.out.empty());
}

TEST_CASE("a bad line is named, and nothing of the list is stored")
{
    struct Row {
        std::string name;
        std::string lines;
        std::string message;
    };
    const auto row = GENERATE(
        values<Row>({{"too short", ana + "\n# x\n12\n", "stdin line 3 '12'"},
                     {"a header", "number\n" + ana, "stdin line 1 'number'"},
                     {"a short code", "12345", "stdin line 1 '12345' is a short code"},
                     {"not UTF-8", "\xFF\xFE+1", "stdin line 1 is not UTF-8"},
                     {"a quoted reason", ana + ",\"no, thanks\"", "stdin line 1 has a quoted"},
                     {"several", "x\n" + ana + "\ny\nz", "so are 2 other lines: 3, 4"}}));
    DYNAMIC_SECTION(row.name)
    {
        Traffic traffic;
        const Run run = run_smsctl({"optout", "add", ben, "-"}, piped(row.lines));
        CHECK(run.exit == 2);
        CHECK(run.out.empty());
        CHECK(run.error()["code"] == "usage.number");
        CHECK_THAT(run.error()["message"].get<std::string>(), Catch::Contains(row.message));
        CHECK(stored_count(traffic) == 0);
        CHECK(log_of(traffic).empty());
    }
}

TEST_CASE("optout add and rm refuse what makes no sense, before anything is stored")
{
    Traffic traffic;
    run_smsctl({"optout", "add", ben});
    struct Row {
        std::string name;
        std::vector<std::string> arguments;
        int exit;
    };
    const std::vector<Row> rows{
        {"no number", {"add"}, 2},
        {"no number behind a good one", {"add", ana, "12"}, 2},
        {"stdin twice", {"add", "-", "-"}, 2},
        {"an empty sender", {"add", ana, "--from", ""}, 2},
        {"no sender of ours", {"add", ana, "--from", "num_0000"}, 3},
        {"rm without a reason", {"rm", ben}, 2},
        {"rm with an empty reason", {"rm", ben, "--reason", " "}, 2},
        {"rm of one that is not there", {"rm", ben, ana, "--reason", "x"}, 3},
        {"rm for a sender that has none", {"rm", ben, "--from", desk, "--reason", "x"}, 3},
        {"rm of no id", {"rm", "opt_nothing", "--reason", "x"}, 3}};
    for (const Row& row : rows) {
        INFO(row.name);
        std::vector<std::string> arguments{"optout"};
        arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
        CHECK(run_smsctl(arguments).exit == row.exit);
        CHECK(stored_count(traffic) == 1);
    }
}

TEST_CASE("a dry run says what would happen and changes nothing")
{
    Traffic traffic;
    run_smsctl({"optout", "add", ben});
    const Run add = run_smsctl({"optout", "add", ana, ben, ana, "-n"});
    CHECK(field(add, "change") == Texts{"added", "unchanged", "unchanged"});
    CHECK(add.records().front()["id"].is_null());
    CHECK(add.records().front()["created_at"].is_null());
    const Run remove = run_smsctl({"optout", "rm", ben, "--reason", "x", "-n"});
    CHECK(remove.record()["change"] == "removed");
    CHECK(stored_count(traffic) == 1);
    CHECK(log_of(traffic).size() == 1);
}

TEST_CASE("STOP and START are opt-outs with an event each, and rm says what the provider goes on "
          "doing")
{
    Traffic traffic;
    receive(traffic, "SM1", "Stop");
    const auto stopped = run_smsctl({"optout", "list"}).record();
    CHECK(stopped["from"] == desk);
    CHECK(stopped["reason"] == "Stop");
    CHECK(stopped["source"] == "callback");
    receive(traffic, "SM2", "START");
    receive(traffic, "SM3", "START"); // changes nothing any more
    CHECK(run_smsctl({"optout", "list"}).out.empty());
    CHECK(log_of(traffic) ==
          Texts{"callback added: " + ana + " opted out of " + desk + ": Stop",
                "callback removed: " + ana + " no longer opted out of " + desk + ": START"});

    receive(traffic, "SM4", "STOP");
    const Run removed = run_smsctl({"optout", "rm", ana, "--reason", "wrong number"});
    CHECK(removed.exit == 0);
    CHECK(removed.record()["opted_out"] == false);
    CHECK(removed.record()["removal_reason"] == "wrong number");
    CHECK_THAT(removed.err, Catch::Contains("until they text START"));
    CHECK(log_of(traffic).back() ==
          "command removed: " + ana + " no longer opted out of " + desk + ": wrong number");
}

TEST_CASE("tail shows opt-outs among events, and not among messages")
{
    Traffic traffic;
    run_smsctl({"optout", "add", ana, "--reason", "by phone"});
    const auto event = run_smsctl({"tail", "--kind", "event"}).record();
    CHECK(event["kind"] == "opt_out");
    CHECK(event["status"] == "added");
    CHECK(event["source"] == "command");
    const auto payload = nlohmann::json::parse(event["payload"].get<std::string>());
    CHECK(payload["number"] == ana);
    CHECK(payload["from"].is_null());
    CHECK(payload["reason"] == "by phone");
    CHECK(run_smsctl({"tail", "--kind", "all"}).record() == event);
    CHECK(run_smsctl({"tail"}).out.empty());
    CHECK(run_smsctl({"tail", "--kind", "message"}).out.empty());
    CHECK_THAT(run_smsctl({"tail", "--kind", "all"}, Surroundings::terminal()).out,
               Catch::Contains("opt_out added  (" + ana + " opted out of every sender: by phone)"));
}

TEST_CASE("an opt-out is removed by id, by prefix, or by number where that is one")
{
    Traffic traffic;
    const std::string all = run_smsctl({"optout", "add", ana}).record()["id"];
    const std::string own = run_smsctl({"optout", "add", ana, "--from", desk}).record()["id"];
    const Run unclear = run_smsctl({"optout", "rm", ana, "--reason", "x"});
    CHECK(unclear.exit == 2);
    CHECK(unclear.error()["code"] == "usage.ambiguous");
    CHECK_THAT(unclear.error()["message"].get<std::string>(),
               Catch::Contains(all) && Catch::Contains(own + " (" + desk + ")"));

    const Run one = run_smsctl({"optout", "rm", ana, "--from", desk, "--reason", "x"});
    CHECK(one.record()["id"] == own);
    CHECK(one.record()["opted_out"] == true);
    CHECK_THAT(one.err, Catch::Contains("still opted out of every sender"));
    CHECK(run_smsctl({"optout", "rm", all, "--from", desk, "--reason", "x"}).exit == 2);
    const Run last = run_smsctl({"optout", "rm", all.substr(0, 24), all, "--reason", "x"});
    CHECK(field(last, "id") == Texts{all});
    CHECK(stored_count(traffic) == 0);
}

TEST_CASE("optout list gives what fits, newest first")
{
    Traffic traffic;
    test::FakeClock clock;
    Surroundings later;
    later.clock = &clock;
    for (const std::vector<std::string>& arguments :
         {Texts{ana}, Texts{ben, "--from", desk}, Texts{ana, "--from", "ACME"}}) {
        clock.step(std::chrono::minutes(1));
        Texts command{"optout", "add"};
        command.insert(command.end(), arguments.begin(), arguments.end());
        REQUIRE(run_smsctl(command, later).exit == 0);
    }
    const auto list = [](const Texts& options) {
        Texts command{"optout", "list"};
        command.insert(command.end(), options.begin(), options.end());
        const Run run = run_smsctl(command);
        Texts found;
        for (const auto& record : run.records())
            found.push_back(record["number"].get<std::string>() + " " +
                            (record["from"].is_null() ? "*" : record["from"].get<std::string>()));
        return found;
    };
    CHECK(list({}) == Texts{ana + " ACME", ben + " " + desk, ana + " *"});
    CHECK(list({"--limit", "1"}) == Texts{ana + " ACME"});
    CHECK(list({"--from", desk}) == Texts{ben + " " + desk, ana + " *"});
    CHECK(list({"--with", ben}) == Texts{ben + " " + desk});
    CHECK(list({"--with", ana, "--with", ben, "--from", "ACME"}) ==
          Texts{ana + " ACME", ana + " *"});
    const Run shown = run_smsctl({"optout", "list", "--limit", "2"}, Surroundings::terminal());
    CHECK_THAT(shown.err, Catch::Contains("2 of 3"));
}

TEST_CASE("optout check answers with its exit code as well")
{
    Traffic traffic;
    run_smsctl({"optout", "add", ana, "--from", desk, "--reason", "by phone"});
    struct Row {
        std::string name;
        Texts arguments;
        std::string in;
        int exit;
        Texts ids; ///< "null" where nothing keeps it from being texted
    };
    const std::string id = run_smsctl({"optout", "list"}).record()["id"];
    const std::vector<Row> rows{
        {"one that did not", {ben}, "", 0, {"null"}},
        {"one that did", {ana}, "", 11, {id}},
        {"this sender", {ana, "--from", desk}, "", 11, {id}},
        {"another sender", {ana, "--from", "+14155550188"}, "", 0, {"null"}},
        {"all", {ana, "415 555 2671"}, "", 11, {id, id}},
        {"some", {ben, ana}, "", 9, {"null", id}},
        {"stdin", {"-"}, ben + "\n" + ana + ",why\n", 9, {"null", id}},
        {"nobody", {"-"}, "", 0, {}}};
    for (const Row& row : rows) {
        INFO(row.name);
        Texts command{"optout", "check"};
        command.insert(command.end(), row.arguments.begin(), row.arguments.end());
        const Run run = run_smsctl(command, piped(row.in));
        CHECK(run.exit == row.exit);
        CHECK(field(run, "id") == row.ids);
        for (const auto& record : run.records())
            CHECK(record["opted_out"] == !record["id"].is_null());
    }
    const auto record = run_smsctl({"optout", "check", ana}).record();
    CHECK(record["from"] == desk);
    CHECK(record["reason"] == "by phone");
    CHECK(run_smsctl({"optout", "check", ana}).error()["code"] == "blocked.opt_out");
}
