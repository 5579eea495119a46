#include "sim/faults.hpp"
#include "support/running_sim.hpp"

using namespace smsctl;
using test::RunningSim;

namespace {

const http::Form usual{{"To", "+14155552671"}, {"From", "+15005550006"}, {"Body", "hello"}};

} // namespace

TEST_CASE("a fault hits so many requests after so many, and only those of its scope")
{
    sim::Faults faults;
    CHECK(faults.add({{"kind", "refuse_429"}, {"skip", "1"}, {"count", "2"}}).empty());
    CHECK(faults.add({{"kind", "reset_after"}}).empty());
    CHECK_FALSE(faults.take(sim::FaultScope::read));
    CHECK_FALSE(faults.take(sim::FaultScope::create));
    CHECK(faults.take(sim::FaultScope::create)->kind == sim::FaultKind::refuse_429);
    CHECK(faults.take(sim::FaultScope::create)->kind == sim::FaultKind::refuse_429);
    CHECK(faults.take(sim::FaultScope::create)->kind == sim::FaultKind::reset_after);
    CHECK_FALSE(faults.take(sim::FaultScope::create));
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
        {{{"kind", "hang"}, {"count", "x"}}, "whole numbers"},
        {{{"kind", "hang"}, {"skip", "-1"}}, "whole numbers"},
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
        {"error_500_before", 500, 0},
        {"error_500_after", 500, 1},
        {"html_503", 503, 0},
        {"reset_before", 0, 0},
        {"reset_after", 0, 1},
        {"hang", 0, 1},
        {"truncate", 201, 1},
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
