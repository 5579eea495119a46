// Twilio's bulk API at the far end, request by request; time moves when told.
#include "core/crypto.hpp"
#include "core/time_text.hpp"
#include "sim/comms.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>

using namespace smsctl;
using namespace smsctl::sim;
using nlohmann::json;

namespace {

const std::string ours = "+15005550006";

json recipient(const std::string& to, const std::string& body = "Hi")
{
    return {{"address", to}, {"channel", "PHONE"}, {"variables", {{"body", body}}}};
}

/// A request that is taken, to two recipients.
json usual(const std::string& tag = "b1")
{
    return {{"from", {{"address", ours}, {"channel", "SMS"}}},
            {"to", {recipient("+14155550100"), recipient("+14155550101", "Bye")}},
            {"content", {{"text", "{{ body | default: '' }}"}}},
            {"tags", {{"smsctl_batch", tag}}}};
}

struct World {
    World()
        : ledger(account,
                 {clock, [](Millis, const std::function<void()>&) {}, [](const Webhook&) {}},
                 1),
          comms(account, ledger, clock)
    {
    }

    http::ServerResponse ask(const std::string& method,
                             const std::string& target,
                             const std::string& body = "",
                             const std::optional<Fault>& fault = {})
    {
        http::ServerRequest request;
        request.method = method;
        request.target = target;
        request.headers = {{"Host", "127.0.0.1:1"},
                           {"Content-Type", "application/json"},
                           {"Authorization",
                            "Basic " + crypto::base64(account.sid() + ":" + account.auth_token())}};
        request.body = body;
        return comms.answer(request, fault);
    }
    json get(const std::string& below, const std::optional<Fault>& fault = {})
    {
        const auto response = ask("GET", "/v1/Messages" + below, "", fault);
        INFO(response.body);
        REQUIRE(response.status == 200);
        return json::parse(response.body);
    }
    std::string send(const json& request)
    {
        const auto response = ask("POST", "/v1/Messages", request.dump());
        INFO(response.body);
        REQUIRE(response.status == 202);
        return json::parse(response.body)["operationId"];
    }
    json refused(const json& request)
    {
        const auto response = ask("POST", "/v1/Messages", request.dump());
        CHECK(response.status == 400);
        return json::parse(response.body)["errors"];
    }
    /// Time enough for every message to reach its end.
    void settle()
    {
        constexpr int steps = 10;
        for (int i = 0; i < steps; ++i) {
            clock.step(std::chrono::seconds(1));
            ledger.catch_up();
        }
    }
    /// Every page of a list, and how many there were.
    std::pair<std::vector<json>, int> walk(const std::string& query)
    {
        std::vector<json> found;
        std::string token;
        for (int pages = 1;; ++pages) {
            const json page = get("?" + query + (token.empty() ? "" : "&pageToken=" + token));
            for (const json& each : page["messages"])
                found.push_back(each);
            if (page["pagination"]["next"].is_null())
                return {found, pages};
            token = page["pagination"]["next"];
        }
    }

    test::FakeClock clock;
    Account account{0, clock.now()};
    Ledger ledger;
    Comms comms;
};

Fault fault_of(FaultKind kind)
{
    Fault fault;
    fault.kind = kind;
    return fault;
}

} // namespace

TEST_CASE("a bulk request is answered with an operation, and its messages are ordinary ones")
{
    World world;
    const auto response = world.ask("POST", "/v1/Messages", usual().dump());
    CHECK(response.status == 202);
    const json body = json::parse(response.body);
    const std::string id = body["operationId"];
    CHECK(id.starts_with("comms_operation_0"));
    CHECK(id.size() == 16 + 26);
    const std::string location = "http://127.0.0.1:1/v1/Messages/Operations/" + id;
    CHECK(body["operationLocation"] == location);
    CHECK(http::header(response.headers, "Location") == location);

    REQUIRE(world.ledger.all().size() == 2);
    const Message& first = world.ledger.all().front();
    CHECK(first.sid.starts_with("SM"));
    CHECK(first.to == "+14155550100");
    CHECK(first.from == ours);
    CHECK(first.body == "Hi");
    CHECK(world.ledger.all().back().body == "Bye");
    CHECK(world.get("/Operations/" + id)["status"] == "PROCESSING");

    world.settle();
    const json operation = world.get("/Operations/" + id);
    CHECK(operation["status"] == "COMPLETED");
    CHECK(operation["stats"]["recipients"] == 2);
    CHECK(operation["stats"]["delivered"] == 2);
    CHECK(operation["stats"]["unaddressable"] == 0);
}

TEST_CASE("a message tells its operation, its tags and, fetched by id, its attempt")
{
    World world;
    json request = usual();
    request["to"] = json::array({recipient("+14155530003")});
    const std::string id = world.send(request);
    world.settle();
    const json listed = world.get("")["messages"][0];
    CHECK(listed["to"][0]["address"] == "+14155530003");
    CHECK(listed["status"] == "UNDELIVERED");
    CHECK(listed["tags"] == json{{"smsctl_batch", "b1"}});
    CHECK(listed["related"][0]["name"] == "OPERATION");
    CHECK(listed["related"][0]["id"] == id);
    CHECK_FALSE(listed.contains("attempts"));

    const json whole = world.get("/" + listed["id"].get<std::string>());
    CHECK(whole["content"]["text"] == "Hi");
    REQUIRE(whole["attempts"].size() == 1);
    CHECK(whole["attempts"][0]["error"]["code"] == 30003);
    const std::string& sid = world.ledger.all().front().sid;
    CHECK(whole["attempts"][0]["infoUrl"].get<std::string>().ends_with("/" + sid));

    const auto seek = world.ask("GET", "/v1/Messages/Seek/" + sid);
    CHECK(seek.status == 301);
    CHECK(http::header(seek.headers, "Location") ==
          "http://127.0.0.1:1/v1/Messages/" + listed["id"].get<std::string>());
}

TEST_CASE("recipients nobody reaches get no message, and an opt-out shows only afterwards")
{
    World world;
    world.account.opt_outs().insert({ours, "+14155550199"});
    json request = usual();
    request["to"] = json::array();
    for (const char* to : {"+15005550002", "+15005550003", "+15005550004", "+14155550199"})
        request["to"].push_back(recipient(to));
    const std::string id = world.send(request);
    world.settle();
    const json stats = world.get("/Operations/" + id)["stats"];
    CHECK(stats["recipients"] == 4);
    CHECK(stats["unaddressable"] == 2);
    CHECK(stats["failed"] == 2);
    REQUIRE(world.ledger.all().size() == 2);
    for (const Message& message : world.ledger.all())
        CHECK(message.error_code == 21610);
}

TEST_CASE("nothing is created by a refused request, and each error names its place")
{
    struct Row {
        std::string name;
        std::string patch; ///< RFC 7386, put over a good request
        int code;
        std::string context;
    };
    const auto row = GENERATE(values<Row>({
        {"a bare variable", R"({"content":{"text":"Hi {{ name }}"}})", 20422, "$.content.text"},
        {"no text", R"({"content":null})", 20422, "$.content"},
        {"media", R"({"content":{"media":[]}})", 20422, "$.content"},
        {"nobody", R"({"to":[]})", 20422, "$.to"},
        {"an unknown field", R"({"statusCallback":"x"})", 20001, "$.statusCallback"},
        {"a foreign sender", R"({"from":{"address":"+14155559999"}})", 21606, "$.from.address"},
        {"a messaging service", R"({"from":{"address":"MG1","channel":"MG"}})", 20422, "$.from"},
        {"a tag with a colon", R"({"tags":{"a":"b:c"}})", 20422, "$.tags.a"},
        {"a schedule past a month",
         R"({"schedule":{"sendAt":["2026-05-01T00:00:00Z"]}})",
         35114,
         "$.schedule.sendAt"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        World world;
        json request = usual();
        request.merge_patch(json::parse(row.patch));
        const json errors = world.refused(request);
        REQUIRE(errors.size() == 1);
        CHECK(errors[0]["code"] == row.code);
        CHECK(errors[0]["context"] == row.context);
        CHECK(world.ledger.all().empty());
        CHECK(world.get("/Operations")["operations"].empty());
    }
}

TEST_CASE("every bad recipient is named, and the good ones get nothing either")
{
    World world;
    json request = usual();
    request["to"] = {recipient("+14155550100"),
                     recipient("nobody"),
                     recipient("+15005550001"),
                     recipient("+14155550101", ""),
                     recipient("+14155550102", std::string(1601, 'x'))};
    request["to"].push_back(recipient("+14155550103"));
    request["to"].back()["variables"]["count"] = 7;
    request["to"].push_back(recipient("+14155550104"));
    request["to"].back()["profile"] = "x";
    std::vector<std::string> found;
    for (const json& error : world.refused(request))
        found.push_back(
            fmt::format("{} {}", error["code"].get<int>(), error["context"].get<std::string>()));
    CHECK(found == std::vector<std::string>{"21614 $.to[1].address",
                                            "21614 $.to[2].address",
                                            "21602 $.to[3]",
                                            "21617 $.to[4]",
                                            "20422 $.to[5].variables.count",
                                            "20001 $.to[6].profile"});
    CHECK(world.ledger.all().empty());
}

TEST_CASE("ten thousand recipients are taken, and one more is not")
{
    World world;
    json request = usual();
    request["to"] = json::array();
    for (int i = 0; i < 10'000; ++i)
        request["to"].push_back(recipient(fmt::format("+1415{:07}", 5'000'000 + i)));
    const std::string id = world.send(request);
    CHECK(world.get("/Operations/" + id)["stats"]["recipients"] == 10'000);
    request["to"].push_back(recipient("+14165550100"));
    CHECK(world.refused(request)[0]["context"] == "$.to");
    CHECK(world.ledger.all().size() == 10'000);
}

TEST_CASE("the same request again is another operation: nothing is idempotent here")
{
    World world;
    CHECK(world.send(usual()) != world.send(usual()));
    CHECK(world.ledger.all().size() == 4);
}

TEST_CASE("a scheduled request waits for its time")
{
    World world;
    json request = usual();
    request["schedule"] = {{"sendAt", {text::rfc3339(world.clock.now() + std::chrono::hours(1))}}};
    const std::string id = world.send(request);
    CHECK(world.get("/Operations/" + id)["status"] == "SCHEDULED");
    CHECK(world.get("")["messages"][0]["status"] == "SCHEDULED");
    CHECK_FALSE(world.get("")["messages"][0]["scheduledFor"].is_null());
    world.clock.step(std::chrono::hours(1));
    world.settle();
    CHECK(world.get("/Operations/" + id)["stats"]["delivered"] == 2);
}

TEST_CASE("lists are filtered by what is known, and other names filter nothing")
{
    World world;
    const std::string first = world.send(usual("b1"));
    world.clock.step(std::chrono::hours(1));
    const std::string middle = text::rfc3339(world.clock.now() - std::chrono::minutes(1));
    world.send(usual("b2"));
    const auto count = [&](const std::string& query) {
        return world.get("?" + query)["messages"].size();
    };
    CHECK(count("") == 4);
    CHECK(count("tags=smsctl_batch:b1;") == 2);
    CHECK(count("tags=smsctl_batch%3Ab2%3B") == 2);
    CHECK(count("tags=smsctl_batch:b1;other:x;") == 0);
    CHECK(count("operationId=" + first) == 2);
    CHECK(count("operation_id=" + first) == 4);
    CHECK(count("tag=smsctl_batch:b1;") == 4);
    CHECK(count("startDate=" + middle) == 2);
    CHECK(count("endDate=" + middle) == 2);
    CHECK(count("status=QUEUED") == 4);
    CHECK(count("status=DELIVERED") == 0);
    CHECK(world.get("/Operations?startDate=" + middle)["operations"].size() == 1);
    CHECK(world.get("/Operations?status=COMPLETED")["operations"].empty());
    for (const char* bad :
         {"tags=smsctl_batch:b1", "pageSize=0", "pageSize=1001", "pageToken=x", "startDate=x"})
        CHECK(world.ask("GET", std::string("/v1/Messages?") + bad).status == 400);
}

TEST_CASE("pages are cut before they are filtered, so some are empty with more behind them")
{
    World world;
    for (int i = 0; i < 5; ++i)
        world.send(usual(i == 4 ? "last" : "other"));
    const auto [found, pages] = world.walk("tags=smsctl_batch:last;&pageSize=3");
    CHECK(pages == 4);
    REQUIRE(found.size() == 2);
    CHECK(found[0]["tags"]["smsctl_batch"] == "last");
    const auto [all, all_pages] = world.walk("pageSize=3");
    std::set<std::string> ids;
    for (const json& each : all)
        ids.insert(each["id"]);
    CHECK(ids.size() == 10);
    CHECK(all_pages == 4);
}

TEST_CASE("after a week nothing is shown any more, though the messages are there")
{
    World world;
    const std::string id = world.send(usual());
    const std::string message = world.get("")["messages"][0]["id"];
    world.clock.step(std::chrono::days(7) - Millis(1));
    CHECK(world.get("")["messages"].size() == 2);
    world.clock.step(Millis(1));
    CHECK(world.get("")["messages"].empty());
    CHECK(world.ask("GET", "/v1/Messages/Operations/" + id).status == 404);
    CHECK(world.ask("GET", "/v1/Messages/" + message).status == 404);
    CHECK(world.ledger.all().size() == 2);
}

TEST_CASE("what is no request of the bulk API is refused in its words")
{
    World world;
    CHECK(world.ask("GET", "/v1/Emails").status == 404);
    CHECK(world.ask("POST", "/v1/Messages/Operations").status == 405);
    CHECK(world.ask("POST", "/v1/Messages", "[1,").status == 400);
    http::ServerRequest request;
    request.method = "POST";
    request.target = "/v1/Messages";
    const auto unsigned_answer = world.comms.answer(request, {});
    CHECK(unsigned_answer.status == 401);
    CHECK(json::parse(unsigned_answer.body)["errors"][0]["code"] == 20003);
    request.headers = {
        {"Authorization",
         "Basic " + crypto::base64(world.account.sid() + ":" + world.account.auth_token())}};
    CHECK(world.comms.answer(request, {}).status == 415);
}

TEST_CASE("faults of a bulk request say what they say, and carry out what they carry out")
{
    struct Row {
        std::string name;
        FaultKind kind;
        int status; ///< 0: no answer
        std::size_t created;
    };
    const auto row = GENERATE(values<Row>({
        {"429", FaultKind::refuse_429, 429, 0},
        {"500 before", FaultKind::error_500_before, 500, 0},
        {"500 after", FaultKind::error_500_after, 500, 2},
        {"503 before", FaultKind::error_503_before, 503, 0},
        {"503 after", FaultKind::error_503_after, 503, 2},
        {"a proxy's 503", FaultKind::html_503, 503, 0},
        {"reset before", FaultKind::reset_before, 0, 0},
        {"reset after", FaultKind::reset_after, 0, 2},
        {"close after", FaultKind::close_after, 0, 2},
        {"half the answer", FaultKind::truncate, 202, 2},
        {"headers alone", FaultKind::empty_body, 202, 2},
        {"a bare status", FaultKind::empty_answer, 202, 2},
    }));
    DYNAMIC_SECTION(row.name)
    {
        World world;
        const auto response = world.ask("POST", "/v1/Messages", usual().dump(), fault_of(row.kind));
        CHECK((response.hang_up == http::HangUp::no ? response.status : 0) == row.status);
        CHECK(world.ledger.all().size() == row.created);
        const bool named = !http::header(response.headers, "Location").empty();
        CHECK(named == (row.kind == FaultKind::truncate || row.kind == FaultKind::empty_body));
        if (row.status >= 400 && row.kind != FaultKind::html_503)
            CHECK(json::parse(response.body)["errors"].size() == 1);
        else
            CHECK_THROWS(json::parse(response.body));
    }
}

TEST_CASE("what was done can be made invisible for a while, and filters can be overlooked")
{
    World world;
    const std::string id = world.send(usual("b1"));
    world.send(usual("b2"));
    const Fault late = fault_of(FaultKind::late);
    const json page = world.get("?tags=smsctl_batch:b1;", late);
    CHECK(page["messages"].empty());
    CHECK(page["pagination"]["next"].is_null());
    CHECK(world.get("/Operations", late)["operations"].empty());
    CHECK(world.ask("GET", "/v1/Messages/Operations/" + id, "", late).status == 404);
    CHECK(world.get("?tags=smsctl_batch:b1;", fault_of(FaultKind::ignore_filters))["messages"]
              .size() == 4);
}
