#include "sim/faults.hpp"
#include "support/running_sim.hpp"

using namespace smsctl;
using test::RunningSim;

namespace {

const http::Form usual{{"To", "+14155552671"}, {"From", "+15005550006"}, {"Body", "hello"}};

sim::Occasion occasion(sim::FaultScope scope = sim::FaultScope::create)
{
    sim::Occasion made;
    made.scope = scope;
    made.from = "+15005550006";
    made.to = "+14155552671";
    return made;
}

/// Which of ten thousand creates a fault that strikes by chance hits.
std::vector<int> struck(std::uint64_t seed, const std::string& percent)
{
    sim::Faults faults(seed);
    CHECK(faults.add({{"kind", "close_after"}, {"percent", percent}}).empty());
    std::vector<int> hits;
    for (int i = 0; i < 10'000; ++i)
        if (faults.take(occasion()))
            hits.push_back(i);
    return hits;
}

} // namespace

TEST_CASE("a fault hits so many requests after so many, and only those of its scope")
{
    sim::Faults faults;
    CHECK(faults.add({{"kind", "refuse_429"}, {"skip", "1"}, {"count", "2"}}).empty());
    CHECK(faults.add({{"kind", "reset_after"}}).empty());
    CHECK_FALSE(faults.take(occasion(sim::FaultScope::read)));
    CHECK_FALSE(faults.take(occasion()));
    CHECK(faults.take(occasion())->kind == sim::FaultKind::refuse_429);
    CHECK(faults.take(occasion())->kind == sim::FaultKind::refuse_429);
    CHECK(faults.take(occasion())->kind == sim::FaultKind::reset_after);
    CHECK_FALSE(faults.take(occasion()));
    CHECK(faults.hits() ==
          std::map<std::string_view, std::int64_t>{{"refuse_429", 2}, {"reset_after", 1}});
}

TEST_CASE("a fault hits only what all of its fields are for")
{
    struct Row {
        std::string name;
        http::Form form;
        bool strikes;
    };
    const auto row = GENERATE(values<Row>({
        {"its sender", {{"from", "+15005550006"}}, true},
        {"its sender, typed into a form", {{"from", " 15005550006"}}, true},
        {"another sender", {{"from", "+14155550100"}}, false},
        {"its recipient", {{"to", "+14155552671"}}, true},
        {"another recipient", {{"to", "+14155552672"}}, false},
        {"a connection that was used before", {{"kept", "true"}}, false},
        {"any connection", {{"kept", "false"}}, true},
        {"more than are in flight", {{"above", "3"}}, false},
        {"fewer than are in flight", {{"above", "2"}}, true},
        {"one of two fields", {{"from", "+15005550006"}, {"to", "+14155552672"}}, false},
    }));
    DYNAMIC_SECTION(row.name)
    {
        sim::Faults faults;
        http::Form form = row.form;
        form.emplace_back("kind", "queue_full");
        REQUIRE(faults.add(form).empty());
        sim::Occasion asked = occasion();
        asked.in_flight = 3;
        CHECK(faults.take(asked).has_value() == row.strikes);
    }
}

TEST_CASE("a fault that is for others does not keep the next one waiting")
{
    sim::Faults faults;
    CHECK(faults.add({{"kind", "queue_full"}, {"from", "+14155550100"}}).empty());
    CHECK(faults.add({{"kind", "html_503"}}).empty());
    CHECK(faults.take(occasion())->kind == sim::FaultKind::html_503);
}

TEST_CASE("a fault by chance strikes its share without end, the same ones for the same seed")
{
    const auto hits = struck(7, "2");
    CHECK(hits.size() > 150);
    CHECK(hits.size() < 250);
    CHECK(struck(7, "2") == hits);
    CHECK(struck(8, "2") != hits);
    CHECK(struck(7, "0").empty());
    CHECK(struck(7, "100").size() == 10'000);
    CHECK(struck(7, "0.25").size() < 60);
}

TEST_CASE("a fault that makes no sense is refused")
{
    struct Row {
        http::Form form;
        std::string words;
    };
    const auto row = GENERATE(values<Row>({
        {{{"kind", "flood"}}, "kind 'flood' is unknown"},
        {{}, "kind '' is unknown"},
        {{{"kind", "hang"}, {"scope", "all"}}, "scope 'all'"},
        {{{"kind", "late"}, {"scope", "read"}}, "kind 'late' is for scope=bulk_read"},
        {{{"kind", "hang"}, {"count", "x"}}, "whole number"},
        {{{"kind", "hang"}, {"skip", "-1"}}, "whole number"},
        {{{"kind", "hang"}, {"above", "many"}}, "whole number"},
        {{{"kind", "hang"}, {"kept", "1"}}, "kept '1'"},
        {{{"kind", "hang"}, {"percent", "101"}}, "percent '101'"},
        {{{"kind", "hang"}, {"percent", "2%"}}, "percent '2%'"},
    }));
    RunningSim far_end;
    const auto body = far_end.json(400, "POST", "/sim/faults", row.form);
    CHECK_THAT(body["message"].get<std::string>(), Catch::Contains(row.words));
}

TEST_CASE("each fault answers as it says, and carries out what it says")
{
    struct Row {
        std::string kind;
        int status; ///< 0: no answer
        std::size_t created;
    };
    const auto row = GENERATE(values<Row>({
        {"refuse_429", 429, 0},
        {"queue_full", 429, 0},
        {"opted_out", 400, 0},
        {"error_500_before", 500, 0},
        {"error_500_after", 500, 1},
        {"html_503", 503, 0},
        {"reset_before", 0, 0},
        {"reset_after", 0, 1},
        {"close_before", 0, 0},
        {"close_after", 0, 1},
        {"hang", 0, 1},
        {"truncate", 201, 1},
        {"error_503_before", 503, 0},
        {"error_503_after", 503, 1},
        {"empty_body", 201, 1},
        {"empty_answer", 201, 1},
    }));
    DYNAMIC_SECTION(row.kind)
    {
        RunningSim far_end;
        far_end.json(200, "POST", "/sim/faults", {{"kind", row.kind}, {"retry_after", "3"}});
        far_end.timeout = Millis(row.kind == "hang" ? 100 : 5000);
        const auto result = far_end.perform("POST", far_end.path("/Messages.json"), usual);
        if (const auto* response = std::get_if<http::Response>(&result)) {
            CHECK(response->status == row.status);
            CHECK(http::header(response->headers, "Retry-After") == "3");
            if (row.kind == "truncate")
                CHECK_THROWS(nlohmann::json::parse(response->body));
        } else {
            CHECK(row.status == 0);
            CHECK(std::get<http::TransportError>(result).reached == http::Reached::maybe);
        }
        far_end.timeout = Millis(5000);
        CHECK(far_end.state()["creates"].size() == row.created);
        CHECK(far_end.create(usual)["status"] == "queued");
    }
}

TEST_CASE("faults for reads leave creates alone, and none forgets all")
{
    RunningSim far_end;
    far_end.json(
        200, "POST", "/sim/faults", {{"kind", "html_503"}, {"scope", "read"}, {"count", "9"}});
    const std::string sid = far_end.create(usual)["sid"];
    CHECK(far_end.ask("GET", far_end.path("/Messages/" + sid + ".json")).status == 503);
    CHECK(far_end.json(200, "GET", "/sim/faults")["faults"][0]["count"] == 8);
    far_end.json(200, "POST", "/sim/faults", {{"kind", "none"}});
    CHECK(far_end.fetch(sid)["sid"] == sid);
}

TEST_CASE("a refusal for one sender or recipient has Twilio's own code")
{
    struct Row {
        std::string kind;
        int code;
    };
    const auto row = GENERATE(values<Row>({
        {"refuse_429", 20429},
        {"queue_full", 21611},
        {"opted_out", 21610},
    }));
    RunningSim far_end;
    far_end.json(200, "POST", "/sim/faults", {{"kind", row.kind}, {"from", "+15005550006"}});
    const auto answer = far_end.ask("POST", far_end.path("/Messages.json"), usual);
    CHECK(nlohmann::json::parse(answer.body)["code"] == row.code);
}

TEST_CASE("a sender may be a Messaging Service")
{
    RunningSim far_end;
    const std::string service = far_end.sim().service_id();
    far_end.json(200, "POST", "/sim/faults", {{"kind", "html_503"}, {"from", service}});
    CHECK(far_end.create(usual)["status"] == "queued");
    const http::Form by_service{
        {"To", "+14155552671"}, {"MessagingServiceSid", service}, {"Body", "hello"}};
    CHECK(far_end.ask("POST", far_end.path("/Messages.json"), by_service).status == 503);
}

TEST_CASE("a connection that was kept is closed under the next request, not under its first")
{
    struct Row {
        std::string kind;
        std::size_t created;
    };
    const auto row = GENERATE(values<Row>({
        {"close_before", 1},
        {"close_after", 2},
        {"reset_before", 1},
        {"reset_after", 2},
    }));
    DYNAMIC_SECTION(row.kind)
    {
        RunningSim far_end;
        far_end.json(200, "POST", "/sim/faults", {{"kind", row.kind}, {"kept", "true"}});
        http::Client fresh("test");
        const auto create = far_end.request("POST", far_end.path("/Messages.json"), usual);
        CHECK(std::holds_alternative<http::Response>(fresh.perform(create)));
        CHECK(std::holds_alternative<http::TransportError>(fresh.perform(create)));
        CHECK(far_end.state()["creates"].size() == row.created);
    }
}
