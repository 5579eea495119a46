#include "commands/number_world.hpp"
#include "core/time_text.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <fstream>

using namespace smsctl;
using namespace std::string_literals;
using test::Run;
using test::run_smsctl;
using test::Surroundings;

namespace {

using Words = std::vector<std::string>;

/// A workspace at a simulator that owns its numbers, and lists to be sent from it.
struct BulkWorld : test::NumberWorld {
    BulkWorld()
    {
        REQUIRE(run_smsctl({"sync", "numbers"}).exit == 0);
        set("from=" + number());
    }

    void set(const std::string& setting) const
    {
        const Run run = run_smsctl({"workspace", "set", "demo", setting});
        INFO(run.err);
        REQUIRE(run.exit == 0);
    }

    std::string file(const std::string& text, const std::string& name = "list.csv") const
    {
        std::ofstream(home.path() / name, std::ios::binary) << text;
        return (home.path() / name).string();
    }
    std::string read(const std::string& name) const
    {
        std::ifstream in(home.path() / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    /// "to,name" and so many people.
    static std::string people(int count)
    {
        std::string list = "to,name\n";
        for (int i = 0; i < count; ++i)
            list += fmt::format("+1415555{:04},p{}\n", 2000 + i, i);
        return list;
    }
    /// `bulk` of a file with "Hi {{name}}" and so on.
    static Run
    bulk(const std::string& file, const Words& more = {"-y"}, const Surroundings& where = {})
    {
        Words words{"bulk", file, "-m", "Hi {{name}}"};
        words.insert(words.end(), more.begin(), more.end());
        return run_smsctl(words, where);
    }

    void fault(const http::Form& form) { sim.json(200, "POST", "/sim/faults", form); }
    std::int64_t creates() { return sim.json(200, "GET", "/sim/counts")["creates"]; }
    std::int64_t repeats() { return sim.json(200, "GET", "/sim/counts")["repeats"]; }
    static std::size_t stored() { return run_smsctl({"message", "list"}).records().size(); }
    static std::size_t batches() { return run_smsctl({"bulk", "list"}).records().size(); }
};

nlohmann::ordered_json batch_of(const Run& run)
{
    INFO(run.err);
    const auto records = run.records();
    REQUIRE_FALSE(records.empty());
    REQUIRE(records.back()["object"] == "batch");
    return records.back();
}

int count_of(const Run& run, const std::string& status)
{
    return batch_of(run)["counts"][status];
}

} // namespace

TEST_CASE("bulk prints each message as it settles, then the batch")
{
    BulkWorld world;
    const Run run = BulkWorld::bulk(world.file(BulkWorld::people(3)), {"-y", "--name", "spring"});
    INFO(run.err);
    CHECK(run.exit == 0);
    const auto records = run.records();
    REQUIRE(records.size() == 4);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(records[i]["object"] == "message");
        CHECK(records[i]["status"] == "queued");
        CHECK(records[i]["batch"] == records[3]["id"]);
    }
    CHECK(records[3]["object"] == "batch");
    CHECK(records[3]["name"] == "spring");
    CHECK(records[3]["status"] == "done");
    CHECK(records[3]["rows"] == 3);
    CHECK(records[3]["counts"]["queued"] == 3);
    CHECK(world.creates() == 3);
    CHECK(run_smsctl({"bulk", "show", "spring"}).record() == records[3]);
    CHECK(run_smsctl({"bulk", "list"}).record() == records[3]);
}

TEST_CASE("a list that came before is gone on with, by whatever name it has")
{
    BulkWorld world;
    const std::string file = world.file(BulkWorld::people(3));
    const Words how = GENERATE(Words{"-y"}, Words{"-y", "--name", "spring"});
    const std::string id = batch_of(BulkWorld::bulk(file, how))["id"];
    const Run again = BulkWorld::bulk(file, how);
    CHECK(again.exit == 0);
    REQUIRE(again.records().size() == 1);
    CHECK(batch_of(again)["id"] == id);
    CHECK(again.err.find("planned before") != std::string::npos);
    Words dry_how = how;
    dry_how.front() = "-n";
    const Run dry = BulkWorld::bulk(file, dry_how);
    CHECK(dry.exit == 0);
    REQUIRE(dry.records().size() == 1);
    CHECK(batch_of(dry)["id"] == id);
    CHECK(run_smsctl({"bulk", "resume", id, "-y"}).records().size() == 1);
    CHECK(world.creates() == 3);
}

TEST_CASE("a changed list under a name is refused with the difference")
{
    BulkWorld world;
    REQUIRE(BulkWorld::bulk(world.file("to,name\n+14155552000,A\n+14155552001,B\n"),
                            {"-y", "--name", "spring"})
                .exit == 0);
    const std::string changed = world.file("to,name\n+14155552000,A\n+14155552002,C\n");
    for (const char* how : {"-y", "-n"}) {
        const Run run = BulkWorld::bulk(changed, {how, "--name", "spring"});
        CHECK(run.exit == 2);
        CHECK(run.error()["code"] == "usage.batch_changed");
        const std::string said = run.error()["message"];
        CHECK(said.find("1 new here (the first: +14155552002)") != std::string::npos);
        CHECK(said.find("1 missing here (the first: +14155552001)") != std::string::npos);
    }
    CHECK(world.creates() == 2);
    CHECK(BulkWorld::stored() == 2);

    const Run other_text =
        run_smsctl({"bulk", changed, "-m", "Hello {{name}}", "--name", "spring"});
    CHECK_THAT(std::string(other_text.error()["message"]),
               Catch::Contains("its text was \"Hi {{name}}\"") && !Catch::Contains("sent from"));
    const Run other_sender = BulkWorld::bulk(changed, {"--name", "spring", "-f", "+14155550100"});
    CHECK_THAT(std::string(other_sender.error()["message"]),
               Catch::Contains("it was to be sent from " + world.number()) &&
                   !Catch::Contains("its text"));
}

TEST_CASE("what is wrong with a list is told by record, and nothing is planned")
{
    BulkWorld world;
    struct Row {
        const char* what;
        std::string list;
        Words said;
    };
    const auto row = GENERATE(
        Row{"numbers", "to,name\n+14155552000,A\nnobody,B\n,C\n", {"record 3", "record 4"}},
        Row{"a row too long", "to,name\n+14155552000,A,B\n", {"record 2"}},
        Row{"a merge field without a value",
            "to,name\n+14155552000,A\n+14155552001,\n",
            {"record 3", "{{name}}"}},
        Row{"no column of that name", "to,nom\n+14155552000,A\n", {"{{name}}", "no such column"}},
        Row{"no recipients' column", "phone,name\n+14155552000,A\n", {"to"}},
        Row{"a byte that is no UTF-8", "to,name\n+14155552000,A\xff\n", {"record 2"}},
        Row{"a time that is none", "to,name,at\n+14155552000,A,soon\n", {"record 2", "soon"}},
        Row{"a zone that is none",
            "to,name,tz\n+14155552000,A,Mars/Olympus\n",
            {"record 2", "Mars/Olympus"}},
        Row{"another's number to send from",
            "to,name,from\n+14155552000,A,+12025550199\n",
            {"record 2"}},
        Row{"a key of two texts", "to,name,key\n+14155552000,A,k\n+14155552001,B,k\n", {"k"}},
        Row{"a number that texts itself", "to,name\n+15005550006,A\n", {"record 2", "itself"}},
        Row{"nobody", "to,name\n", {"no recipients"}},
        Row{"a quote that never ends",
            "to,name\n+14155552000,\"A\n+14155552001,B\n",
            {"record 2"}});
    DYNAMIC_SECTION(row.what)
    {
        const Run run = BulkWorld::bulk(world.file(row.list));
        CHECK(run.exit == 2);
        CHECK(run.out.empty());
        const std::string said = run.error()["message"];
        for (const std::string& word : row.said) {
            INFO(said);
            CHECK(said.find(word) != std::string::npos);
        }
        CHECK(BulkWorld::batches() == 0);
        CHECK(BulkWorld::stored() == 0);
        CHECK(world.creates() == 0);
    }
}

TEST_CASE("rows taken aside can be put right and sent from their file")
{
    BulkWorld world;
    struct Row {
        const char* what;
        const char* name;
        std::string list;
        std::string aside;
    };
    const auto row =
        GENERATE(Row{"CSV with quotes and empty lines",
                     "list.csv",
                     "to;name\r\n+14155552000;A\r\n\r\nBAD;\"B;\n\nb\"\r\n+14155552001;C\r\n",
                     "to;name\nBAD;\"B;\n\nb\"\n"},
                 Row{"UTF-16 with tabs",
                     "list.tsv",
                     "\xff\xfet\0o\0\t\0n\0a\0m\0e\0\n\0B\0A\0D\0\t\0\xe4\0\n\0"s,
                     "to\tname\nBAD\t\u00e4\n"},
                 Row{"JSON Lines",
                     "list.jsonl",
                     "{\"to\":\"+14155552000\",\"name\":\"A\"}\n{\"to\":\"BAD\",\"name\":\"B\"}\n",
                     "{\"to\":\"BAD\",\"name\":\"B\"}\n"});
    DYNAMIC_SECTION(row.what)
    {
        const std::string aside = "aside-" + std::string(row.name);
        const std::string path = (world.home.path() / aside).string();
        const Run run = BulkWorld::bulk(world.file(row.list, row.name), {"-y", "--rejects", path});
        INFO(run.err);
        CHECK(world.read(aside) == row.aside);
        CHECK(run.err.find("BAD") != std::string::npos);
        std::string right = row.aside;
        right.replace(right.find("BAD"), 3, "+14155552009");
        const auto before = world.creates();
        const Run rest =
            BulkWorld::bulk(world.file(right, aside), {"-y", "--rejects", path + ".2"});
        CHECK(rest.exit == 0);
        CHECK(world.creates() == before + 1);
        CHECK_FALSE(std::filesystem::exists(path + ".2"));
    }
}

TEST_CASE("the file for rejected rows is never the list itself")
{
    BulkWorld world;
    const std::string list = BulkWorld::people(1) + "BAD,x\n";
    const std::string file = world.file(list);
    const Run run = BulkWorld::bulk(file, {"-y", "--rejects", file});
    CHECK(run.exit == 2);
    CHECK(world.read("list.csv") == list);
}

TEST_CASE("no row is lost to a file for rejected rows that cannot be written")
{
    BulkWorld world;
    const std::string file = world.file(BulkWorld::people(1) + "BAD,x\n");
    const Run run =
        BulkWorld::bulk(file, {"-y", "--rejects", (world.home.path() / "none" / "bad").string()});
    CHECK(run.exit == 1);
    CHECK(run.error()["code"] == "failed.rejects");
    CHECK(BulkWorld::batches() == 0);
    CHECK(world.creates() == 0);
}

TEST_CASE("rows that were taken aside before do not stay when there are none any more")
{
    BulkWorld world;
    const std::string aside = world.file("to,name\nBAD,x\n", "aside.csv");
    CHECK(BulkWorld::bulk(world.file(BulkWorld::people(1)), {"-y", "--rejects", aside}).exit == 0);
    CHECK(world.read("aside.csv").empty());
}

TEST_CASE("fields that its records do not have are refused before a list is planned")
{
    BulkWorld world;
    const std::string file = world.file(BulkWorld::people(2));
    for (const Words& wrong : {Words{"-y", "--fields", "colour"},
                               Words{"-y", "--print", "{{colour}}"},
                               Words{"-n", "--fields", "colour"}}) {
        const Run run = BulkWorld::bulk(file, wrong);
        CHECK(run.exit == 2);
        CHECK(run.out.empty());
    }
    CHECK(BulkWorld::batches() == 0);
    CHECK(world.creates() == 0);
}

TEST_CASE("a time that has passed is none for a new list, and no obstacle for one planned before")
{
    BulkWorld world;
    test::FakeClock clock;
    Surroundings then;
    then.clock = &clock;
    const std::string file = world.file(BulkWorld::people(1));
    const std::string at = text::rfc3339(clock.now() + std::chrono::hours(1));
    REQUIRE(BulkWorld::bulk(file, {"-y", "--at", at}, then).exit == 0);
    clock.step(std::chrono::hours(2));
    CHECK(BulkWorld::bulk(file, {"-y", "--at", at}, then).exit == 0);
    CHECK(world.creates() == 1);
    for (const char* how : {"-y", "-n"}) {
        const Run late = BulkWorld::bulk(file, {how, "--at", at, "--name", "other"}, then);
        CHECK(late.exit == 2);
        CHECK(late.error()["code"] == "usage.past");
    }
    CHECK(world.creates() == 1);
    CHECK(BulkWorld::batches() == 1);
}

TEST_CASE("a list that cannot be read says why")
{
    BulkWorld world;
    const auto said = [](const std::string& file) -> std::string {
        const Run run = BulkWorld::bulk(file);
        CHECK(run.exit == 2);
        return run.error()["message"];
    };
    CHECK_THAT(said((world.home.path() / "none.csv").string()),
               Catch::EndsWith("No such file or directory"));
    CHECK_THAT(said(world.home.path().string()), Catch::EndsWith("Is a directory"));
    CHECK_THAT(said(world.file("")), Catch::EndsWith("is empty"));
}

TEST_CASE("a dry run tells the verdict of every row and stores nothing")
{
    BulkWorld world;
    world.set("segment-price=0.01");
    REQUIRE(run_smsctl({"optout", "add", "+14155552001", "--reason", "told us"}).exit == 0);
    const Run run = BulkWorld::bulk(
        world.file("to,name\n+14155552000,A\n+14155552001,B\n+14155552000,A\n"), {"-n"});
    CHECK(run.exit == 0);
    const auto records = run.records();
    REQUIRE(records.size() == 4);
    CHECK(records[0]["verdict"] == "send");
    CHECK(records[0]["estimated_price"] == "0.01");
    CHECK(records[1]["verdict"] == "blocked");
    CHECK(records[1]["reason"] == "+14155552001 opted out");
    CHECK(records[2]["verdict"] == "blocked");
    CHECK(records[2]["reason"] == "the same row is in the list before");
    CHECK(records[3]["object"] == "batch");
    CHECK(records[3]["id"].is_null());
    CHECK(records[3]["estimated_price"] == "0.01");
    CHECK(BulkWorld::batches() == 0);
    CHECK(BulkWorld::stored() == 0);
    CHECK(world.creates() == 0);
}

TEST_CASE("sending is confirmed as cli.md's section 6 says")
{
    BulkWorld world;
    const std::string file = world.file(BulkWorld::people(2));
    SECTION("a few on a terminal: y")
    {
        for (const std::string no : {"\n", "n\n", "2\n", ""}) {
            CHECK(BulkWorld::bulk(file, {}, Surroundings::terminal(no)).exit == 2);
            CHECK(BulkWorld::batches() == 0);
        }
        CHECK(BulkWorld::bulk(file, {}, Surroundings::terminal("y\n")).exit == 0);
        CHECK(world.creates() == 2);
    }
    SECTION("a few in a script: --yes")
    {
        CHECK(BulkWorld::bulk(file, {}).error()["code"] == "usage.confirmation");
        CHECK(BulkWorld::bulk(file, {"--no-input"}, Surroundings::terminal("y\n")).exit == 2);
        CHECK(BulkWorld::batches() == 0);
        CHECK(BulkWorld::bulk(file, {"-y"}).exit == 0);
    }
    SECTION("more than a hundred on a terminal: their number")
    {
        const std::string many = world.file(BulkWorld::people(101));
        for (const std::string no : {"y\n", "yes\n", "100\n", "\n"}) {
            CHECK(BulkWorld::bulk(many, {}, Surroundings::terminal(no)).exit == 2);
            CHECK(BulkWorld::batches() == 0);
        }
        CHECK(BulkWorld::bulk(many, {}, Surroundings::terminal("101\n")).exit == 0);
        CHECK(world.creates() == 101);
    }
    SECTION("more than a hundred in a script: --yes --max-cost")
    {
        const std::string many = world.file(BulkWorld::people(101));
        CHECK(BulkWorld::bulk(many, {"--max-cost", "5"}).exit == 2); // no price to reckon with
        world.set("segment-price=0.01");
        CHECK(BulkWorld::bulk(many, {}).exit == 2);
        CHECK(BulkWorld::bulk(many, {"-y"}).error()["code"] == "usage.max_cost");
        CHECK(BulkWorld::bulk(many, {"--max-cost", "5"}).error()["code"] == "usage.confirmation");
        CHECK(BulkWorld::bulk(many, {"-y", "--max-cost", "1"}).exit == 11);
        CHECK(BulkWorld::batches() == 0);
        CHECK(BulkWorld::bulk(many, {"-y", "--max-cost", "1.01"}).exit == 0);
        CHECK(world.creates() == 101);
    }
    SECTION("over the daily cap: as for many")
    {
        world.set("segment-price=0.01");
        world.set("daily-cap=0.01");
        CHECK(BulkWorld::bulk(file, {}, Surroundings::terminal("y\n")).exit == 2);
        CHECK(BulkWorld::bulk(file, {"-y"}).error()["code"] == "usage.max_cost");
        CHECK(BulkWorld::batches() == 0);
        CHECK(BulkWorld::bulk(file, {}, Surroundings::terminal("2\n")).exit == 0);
    }
}

TEST_CASE("what is left of a batch counts once towards the daily cap")
{
    BulkWorld world;
    world.set("segment-price=0.01");
    world.set("daily-cap=0.10");
    const std::string file = world.file(BulkWorld::people(8));
    world.fault({{"kind", "refuse_429"}, {"retry_after", "600"}, {"count", "8"}});
    CHECK(BulkWorld::bulk(file).exit == 6);
    world.fault({{"kind", "none"}});
    const Run again = BulkWorld::bulk(file);
    INFO(again.err);
    CHECK(again.exit == 0);
    CHECK(world.creates() == 8);
}

TEST_CASE("only the rows that are asked for go again")
{
    BulkWorld world;
    const std::string file = world.file(BulkWorld::people(6));
    world.fault({{"kind", "opted_out"}, {"count", "1"}});
    world.fault({{"kind", "refuse_429"}, {"retry_after", "600"}, {"count", "1"}});
    const Run first = BulkWorld::bulk(file, {"-y", "--name", "spring", "--concurrency", "1"});
    CHECK(first.exit == 9);
    REQUIRE(count_of(first, "rejected") == 1);
    REQUIRE(count_of(first, "planned") == 5);
    const std::string to = run_smsctl({"message", "list", "--status", "rejected"}).record()["to"];
    REQUIRE(run_smsctl({"optout", "rm", to, "--reason", "a mistake"}).exit == 0);

    const Words only{"bulk", "resume", "spring", "--only", "rejected"};
    const auto with = [&only](const std::string& more) {
        Words words = only;
        words.push_back(more);
        return words;
    };
    CHECK(count_of(run_smsctl(with("-n")), "planned") == 6);
    CHECK(run_smsctl(only, Surroundings::terminal("n\n")).exit == 2);
    const Run shown = run_smsctl({"bulk", "show", "spring"});
    CHECK(count_of(shown, "rejected") == 1); // the no was heard

    const Run again = run_smsctl(with("-y"));
    INFO(again.err);
    CHECK(again.exit == 0);
    REQUIRE(again.records().size() == 2);
    CHECK(again.records().front()["to"] == to);
    CHECK(count_of(again, "planned") == 5);
    CHECK(run_smsctl({"bulk", "resume", "spring", "--only", "planned", "-y"}).exit == 0);
    CHECK(world.creates() == 6);
    CHECK(world.repeats() == 0);
    CHECK(run_smsctl({"bulk", "resume", "spring", "--only", "sent", "-y"}).exit == 2);
}

TEST_CASE("what is in doubt is said again until it is settled")
{
    BulkWorld world;
    const std::string file = world.file(BulkWorld::people(4));
    world.fault({{"kind", "error_500_after"}, {"count", "1"}});
    const Run first = BulkWorld::bulk(file);
    CHECK(first.exit == 9);
    CHECK(first.error()["code"] == "partial");
    const Run again = BulkWorld::bulk(file);
    CHECK(again.exit == 7);
    CHECK(again.error()["code"] == "in_doubt.submit");
    CHECK(again.error()["retryable"] == false);
    CHECK(world.creates() == 4);
}

TEST_CASE("the exit code says what all rows agree on")
{
    BulkWorld world;
    const std::string file = world.file(BulkWorld::people(2));
    struct Row {
        const char* fault;
        int exit;
        const char* code;
    };
    const auto row = GENERATE(Row{"opted_out", 5, "provider.rejected"},
                              Row{"error_500_before", 7, "in_doubt.submit"},
                              Row{"refuse_429", 6, "provider.unavailable"});
    DYNAMIC_SECTION(row.fault)
    {
        world.fault({{"kind", row.fault}, {"count", "99"}, {"retry_after", "600"}});
        const Run run = BulkWorld::bulk(file);
        CHECK(run.exit == row.exit);
        CHECK(run.error()["code"] == row.code);
        CHECK(run.error()["retryable"] == (row.exit == 6));
        CHECK(world.creates() == 0);
    }
}

TEST_CASE("options that make no sense are refused before the list is read")
{
    BulkWorld world;
    const std::string file = world.file(BulkWorld::people(1));
    for (const Words& wrong : std::vector<Words>{{"--rate", "0"},
                                                 {"--rate", "fast"},
                                                 {"--concurrency", "0"},
                                                 {"--concurrency", "1001"},
                                                 {"--max-failures", "0"},
                                                 {"--max-failures", "101%"},
                                                 {"--max-cost", "-1"},
                                                 {"--on-block", "ask"},
                                                 {"--template", "none"},
                                                 {"--input", "xlsx"}}) {
        INFO(wrong[0] << " " << wrong[1]);
        Words words = wrong;
        words.emplace_back("-y");
        CHECK(BulkWorld::bulk(file, words).exit == 2);
    }
    CHECK(run_smsctl({"bulk"}).exit == 2);
    CHECK(run_smsctl({"bulk", "-", "-m", "x"}, Surroundings::terminal()).exit == 2);
    CHECK(run_smsctl({"bulk", world.home.path() / "none.csv", "-m", "x"}).exit == 2);
    CHECK(run_smsctl({"bulk", "show", "none"}).exit == 3);
    CHECK(BulkWorld::batches() == 0);
}

TEST_CASE("quiet hours leave rows out, hold them back, or send nothing")
{
    BulkWorld world;
    world.set("quiet-hours=21:00-08:00");
    test::FakeClock clock; // at which it is night from Hawaii to New York, and on Kiritimati
    Surroundings night;
    night.clock = &clock;
    const std::string file =
        world.file("to,name,tz\n+14155552000,A,\n+14155552001,B,Pacific/Kiritimati\n");
    SECTION("skip")
    {
        const Run run = BulkWorld::bulk(file, {"-y", "--on-block", "skip"}, night);
        CHECK(run.exit == 0);
        CHECK(count_of(run, "blocked") == 2);
    }
    SECTION("defer")
    {
        const Run run = BulkWorld::bulk(file, {"-y", "--on-block", "defer"}, night);
        CHECK(run.exit == 0);
        CHECK(count_of(run, "planned") == 2);
        CHECK(run.err.find("send --due") != std::string::npos);
        const Run again = BulkWorld::bulk(file, {"-y", "--on-block", "defer"}, night);
        CHECK(batch_of(again)["id"] == batch_of(run)["id"]);
        CHECK(BulkWorld::batches() == 1);
    }
    SECTION("fail")
    {
        const Run run = BulkWorld::bulk(file, {"-y", "--on-block", "fail"}, night);
        CHECK(run.exit == 11);
        CHECK(BulkWorld::batches() == 0);
    }
    CHECK(world.creates() == 0);
}

TEST_CASE("several senders share a list, and a conversation keeps its own")
{
    BulkWorld world;
    const std::string first = world.sim.sim().numbers().at(0);
    const std::string second = world.sim.sim().numbers().at(1);
    REQUIRE(run_smsctl({"send", "+14155552000", "-m", "Hello", "-f", second}).exit == 0);
    const Run run =
        BulkWorld::bulk(world.file(BulkWorld::people(40)), {"-y", "-f", first, "-f", second});
    INFO(run.err);
    REQUIRE(run.exit == 0);
    int of_first = 0;
    for (const auto& record : run.records()) {
        if (record["object"] != "message")
            continue;
        of_first += record["from"] == first ? 1 : 0;
        if (record["to"] == "+14155552000")
            CHECK(record["from"] == second);
    }
    CHECK(of_first >= 15);
    CHECK(of_first <= 25);
    CHECK(BulkWorld::bulk(world.file(BulkWorld::people(40)), {"-y", "-f", first, "-f", second})
              .records()
              .size() == 1);
}
