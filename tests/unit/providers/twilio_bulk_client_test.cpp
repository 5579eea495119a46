#include "core/crypto.hpp"
#include "core/time_text.hpp"
#include "providers/twilio/bulk_client.hpp"
#include "unit/providers/twilio_far_end.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <array>

using namespace smsctl;
using namespace smsctl::providers;
using namespace smsctl::providers::twilio;
using namespace smsctl::test;
using nlohmann::json;

namespace {

const std::string operation_id = "comms_operation_01h2xcejqtf2nbrexx3vqjhp41";
const std::string accepted_body = json{{"operationId", operation_id}}.dump();

BulkRequest two_rows()
{
    return {"b1", "+15005550006", {{"+14155550100", "Hi"}, {"+14155550101", "Bye"}}, {}};
}

const char* kind(const BulkOutcome& outcome)
{
    constexpr std::array names{"accepted", "untracked", "rejected", "not sent", "unknown"};
    return names.at(outcome.index());
}

http::ServerResponse bulk_refusal(int status, int code, const std::string& context = "")
{
    return answer(status,
                  json{{"errors",
                        json::array({{{"code", code},
                                      {"message", "no."},
                                      {"infoUrl", "https://e.example/"},
                                      {"context", context}}})}}
                      .dump());
}

json message(int number,
             const std::string& batch = "b1",
             const std::string& operation = operation_id)
{
    return {{"id", fmt::format("comms_message_{}", number)},
            {"to", json::array({{{"address", fmt::format("+1415555{:04}", number)}}})},
            {"status", "SENT"},
            {"related", json::array({{{"name", "OPERATION"}, {"id", operation}}})},
            {"tags", {{"smsctl_batch", batch}}}};
}

http::ServerResponse page(const json& messages, const json& next = nullptr)
{
    return answer(
        200, json{{"messages", messages}, {"pagination", {{"next", next}, {"self", "s"}}}}.dump());
}

http::Form query_of(const http::ServerRequest& request)
{
    return http::decode_form(request.target.substr(request.target.find('?') + 1));
}

} // namespace

TEST_CASE("an answer to a bulk request is one of five outcomes, after exactly one request")
{
    struct Row {
        std::string name;
        http::ServerResponse response;
        std::string kind;
    };
    const http::Headers location{{"Location", "https://c.example/Operations/" + operation_id}};
    const auto row = GENERATE_COPY(values<Row>({
        {"202", answer(202, accepted_body), "accepted"},
        {"202, named by a header", answer(202, "", location), "accepted"},
        {"202, half the body, named by a header", answer(202, "{\"op", location), "accepted"},
        {"200 with an operation", answer(200, accepted_body), "accepted"},
        {"202 that names none", answer(202, "{}"), "untracked"},
        {"202 with half the body", answer(202, accepted_body.substr(0, 20)), "untracked"},
        {"200 of a proxy", answer(200, "<html>", html), "unknown"},
        {"204", answer(204, ""), "unknown"},
        {"a redirect", answer(307, "", {{"Location", "/elsewhere"}}), "unknown"},
        {"400", bulk_refusal(400, 21614), "rejected"},
        {"400 without a body", answer(400, ""), "rejected"},
        {"401", bulk_refusal(401, 20003), "rejected"},
        {"403", bulk_refusal(403, 20403), "rejected"},
        {"404", bulk_refusal(404, 20404), "rejected"},
        {"413", answer(413, "", html), "rejected"},
        {"415", answer(415, ""), "rejected"},
        {"429", bulk_refusal(429, 20429), "not sent"},
        {"408", answer(408, ""), "unknown"},
        {"409", bulk_refusal(409, 20409), "unknown"},
        {"500", bulk_refusal(500, 20500), "unknown"},
        {"502 of a proxy", answer(502, "<html>", html), "unknown"},
        {"503", bulk_refusal(503, 20503), "unknown"},
        {"504", answer(504, ""), "unknown"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        FakeClock clock;
        FarEnd far_end({row.response});
        BulkClient client("twilio", far_end.config(clock));
        const BulkOutcome outcome = client.submit(two_rows());
        CHECK(kind(outcome) == row.kind);
        if (const auto* accepted = std::get_if<BulkAccepted>(&outcome))
            CHECK(accepted->operation_id == operation_id);
        if (const auto* unknown = std::get_if<Unknown>(&outcome))
            CHECK_FALSE(unknown->reason.empty());
        CHECK(far_end.requests().size() == 1);
    }
}

TEST_CASE("a bulk request is JSON below the base, signed in with the account's token")
{
    FakeClock clock;
    FarEnd far_end({answer(202, accepted_body)});
    BulkClient("twilio", far_end.config(clock)).submit(two_rows());
    const auto requests = far_end.requests();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].method == "POST");
    CHECK(requests[0].target == "/v1/Messages");
    CHECK(http::header(requests[0].headers, "Content-Type") == "application/json");
    CHECK(http::header(requests[0].headers, "Authorization") ==
          "Basic " + crypto::base64(account_id + ":" + auth_token));
    CHECK(requests[0].body == bulk_body(two_rows()));
}

TEST_CASE("a refused bulk request says why, and which row it was")
{
    FakeClock clock;
    FarEnd far_end({bulk_refusal(400, 21614, "$.to[1].address")});
    const auto outcome = BulkClient("twilio", far_end.config(clock)).submit(two_rows());
    REQUIRE(std::holds_alternative<BulkRejected>(outcome));
    const auto& rejected = std::get<BulkRejected>(outcome);
    CHECK(rejected.error.fault.code == 21614);
    CHECK(rejected.error.fault.http == 400);
    CHECK(rejected.error.message == "no");
    CHECK(rejected.error.meaning == "the recipient is not a mobile number");
    REQUIRE(rejected.faults.size() == 1);
    CHECK(rejected.faults[0].row == 1);
}

TEST_CASE("a 429 of the bulk API may go again after its wait")
{
    FakeClock clock;
    http::ServerResponse response = bulk_refusal(429, 20429);
    response.headers.emplace_back("Retry-After", "7");
    FarEnd far_end({response});
    const auto outcome = BulkClient("twilio", far_end.config(clock)).submit(two_rows());
    REQUIRE(std::holds_alternative<NotSent>(outcome));
    CHECK(std::get<NotSent>(outcome).retry_after == std::chrono::seconds(7));
}

TEST_CASE("a bulk request that found no connection was not sent")
{
    FakeClock clock;
    ProviderConfig config = FarEnd({answer(202, "")}).config(clock);
    config.api_base = fmt::format("http://127.0.0.1:{}", closed_port());
    CHECK(kind(BulkClient("twilio", config).submit(two_rows())) == std::string("not sent"));
}

TEST_CASE("a lost answer leaves a bulk request unknown, and each goes over a fresh connection")
{
    const auto then = GENERATE(RawAnswer::Then::close, RawAnswer::Then::reset);
    const std::string good =
        fmt::format("HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    accepted_body.size(),
                    accepted_body);
    RawServer server([&](std::size_t index, const std::string&) {
        return index % 2 == 0 ? RawAnswer{good, RawAnswer::Then::keep} : RawAnswer{"", then};
    });
    FakeClock clock;
    ProviderConfig config = FarEnd({answer(202, "")}).config(clock);
    config.api_base = server.url("/");
    BulkClient client("twilio", config);
    constexpr std::size_t requests = 20;
    for (std::size_t i = 0; i < requests; ++i)
        CHECK(kind(client.submit(two_rows())) == std::string(i % 2 == 0 ? "accepted" : "unknown"));
    CHECK(server.requests().size() == requests);
    CHECK(server.connections() == requests);
}

TEST_CASE("a request that should never have been made does not leave")
{
    struct Row {
        std::string name;
        void (*spoil)(BulkRequest& request);
    };
    const auto row = GENERATE(values<Row>({
        {"no batch id", [](BulkRequest& request) { request.batch_id.clear(); }},
        {"no rows", [](BulkRequest& request) { request.rows.clear(); }},
        {"too many rows",
         [](BulkRequest& request) {
             request.rows.resize(10'001, {"+14155550100", "x"});
         }},
        {"a recipient twice",
         [](BulkRequest& request) { request.rows[1].to = request.rows[0].to; }},
        {"no text", [](BulkRequest& request) { request.rows[1].body.clear(); }},
        {"a messaging service", [](BulkRequest& request) { request.from = "MG1"; }},
    }));
    DYNAMIC_SECTION(row.name)
    {
        FakeClock clock;
        FarEnd far_end({answer(202, accepted_body)});
        BulkClient client("twilio", far_end.config(clock));
        BulkRequest request = two_rows();
        row.spoil(request);
        CHECK(error_from([&] { client.submit(request); }).code() == "internal.bulk_request");
        CHECK(far_end.requests().empty());
    }
}

TEST_CASE("reads that come again count against a limit and keep to a rate", "[bulk_client]")
{
    FakeClock clock;
    const Instant start = clock.now();
    FarEnd far_end({refusal(503, 0), page(json::array({message(1)}), "t1"), refusal(503, 0)});
    ProviderConfig config = far_end.config(clock);
    SECTION("the limit comes while a page is tried again")
    {
        config.limits.max_requests = 4;
        BulkClient client("twilio", config);
        CHECK(error_from([&] { client.read_back({"b1", "", {}}); }).code() == no_request_left);
        CHECK(far_end.requests().size() == 4);
        CHECK(client.requests() == 4);
        CHECK_FALSE(client.has_request_left());
        CHECK(error_from([&] { client.fetch_message("m"); }).code() == no_request_left);
        CHECK(far_end.requests().size() == 4);
    }
    SECTION("the limit comes between two pages")
    {
        config.limits.max_requests = 2;
        BulkClient client("twilio", config);
        const auto found = client.read_back({"b1", "", {}});
        CHECK(found.is_cut_off);
        CHECK(found.messages.size() == 1);
    }
    SECTION("a rate")
    {
        config.limits.rate = 0.1; // slower than any pause before a read that comes again
        BulkClient client("twilio", config);
        CHECK(error_from([&] { client.read_back({"b1", "", {}}); }).exit() == Exit::unavailable);
        CHECK(far_end.requests().size() == 6);
        CHECK(clock.now() - start >= std::chrono::seconds(50));
    }
}

TEST_CASE("messages are read back by their tag, page after page, empty ones too")
{
    FakeClock clock;
    FarEnd far_end({page(json::array({message(1)}), "t=1/+"),
                    page(json::array(), "t2"),
                    page(json::array({message(2), message(3)}))});
    BulkClient client("twilio", far_end.config(clock));
    const auto found = client.read_back({"b1", "", text::parse_rfc3339("2026-03-02T10:00:00Z")});
    CHECK(found.messages.size() == 3);
    CHECK(found.filter_honoured);
    CHECK(found.operation_ids == std::set<std::string>{operation_id});
    const auto requests = far_end.requests();
    REQUIRE(requests.size() == 3);
    const http::Form first{{"tags", "smsctl_batch:b1;"},
                           {"startDate", "2026-03-02T10:00:00.000Z"},
                           {"pageSize", "1000"}};
    CHECK(query_of(requests[0]) == first);
    CHECK(http::first(query_of(requests[1]), "pageToken") == "t=1/+");
    CHECK(http::first(query_of(requests[1]), "tags") == "smsctl_batch:b1;");
    CHECK(http::first(query_of(requests[2]), "pageToken") == "t2");
}

TEST_CASE("a filter that was overlooked is noticed, and the rest of the account is left alone")
{
    struct Row {
        std::string name;
        json foreign;
        std::string operation_id; ///< asked for
    };
    const std::string other = "comms_operation_0other";
    json untagged = message(9);
    untagged.erase("tags");
    const auto row = GENERATE_COPY(values<Row>({
        {"another batch", message(9, "b2"), ""},
        {"no tags at all", untagged, ""},
        {"another batch of the operation", message(9, "b2"), operation_id},
        {"another operation", message(9, "b1", other), operation_id},
    }));
    DYNAMIC_SECTION(row.name)
    {
        FakeClock clock;
        FarEnd far_end({page(json::array({message(1), row.foreign, message(2)}), "t1")});
        const auto found =
            BulkClient("twilio", far_end.config(clock)).read_back({"b1", row.operation_id, {}});
        CHECK_FALSE(found.filter_honoured);
        for (const BulkMessage& each : found.messages)
            CHECK(each.tags.at("smsctl_batch") == "b1");
        CHECK(found.messages.size() >= 2);
        const auto requests = far_end.requests();
        REQUIRE(requests.size() == 1);
        CHECK(http::first(query_of(requests[0]), "operationId") == row.operation_id);
        CHECK(http::contains(query_of(requests[0]), "tags") == row.operation_id.empty());
    }
}

TEST_CASE("one batch under two operations shows that it was carried out twice")
{
    FakeClock clock;
    FarEnd far_end({page(json::array({message(1), message(1, "b1", "comms_operation_0twin")}))});
    const auto found = BulkClient("twilio", far_end.config(clock)).read_back({"b1", "", {}});
    CHECK(found.filter_honoured);
    CHECK(found.operation_ids.size() == 2);
    CHECK(found.messages.size() == 2);
}

TEST_CASE("pages that never end or cannot be read are an error, and not the end")
{
    FakeClock clock;
    SECTION("a circle")
    {
        FarEnd far_end({page(json::array({message(1)}), "t1")});
        BulkClient client("twilio", far_end.config(clock));
        CHECK(error_from([&] { client.read_back({"b1", "", {}}); }).exit() == Exit::unavailable);
        CHECK(far_end.requests().size() == 2);
    }
    SECTION("nonsense, again and again")
    {
        FarEnd far_end({answer(200, R"({"messages":[]})")});
        BulkClient client("twilio", far_end.config(clock));
        CHECK(error_from([&] { client.read_back({"b1", "", {}}); }).exit() == Exit::unavailable);
        CHECK(far_end.requests().size() == 4);
    }
    SECTION("refused credentials")
    {
        FarEnd far_end({bulk_refusal(401, 20003)});
        BulkClient client("twilio", far_end.config(clock));
        CHECK(error_from([&] { client.read_back({"b1", "", {}}); }).exit() == Exit::auth);
    }
    SECTION("a passing trouble")
    {
        FarEnd far_end({bulk_refusal(503, 20503), page(json::array({message(1)}))});
        CHECK(
            BulkClient("twilio", far_end.config(clock)).read_back({"b1", "", {}}).messages.size() ==
            1);
    }
}

TEST_CASE("an operation or message that is not shown yet is nothing, and no error")
{
    FakeClock clock;
    FarEnd far_end({bulk_refusal(404, 20404),
                    bulk_refusal(404, 20404),
                    answer(200, json{{"id", operation_id}, {"status", "COMPLETED"}}.dump()),
                    answer(200, message(7).dump())});
    BulkClient client("twilio", far_end.config(clock));
    CHECK_FALSE(client.fetch_operation(operation_id));
    CHECK_FALSE(client.fetch_message("comms_message_7"));
    CHECK(client.fetch_operation(operation_id)->finished);
    CHECK(client.fetch_message("comms_message_7")->to == "+14155550007");
    const auto requests = far_end.requests();
    CHECK(requests.at(0).target == "/v1/Messages/Operations/" + operation_id);
    CHECK(requests.at(1).target == "/v1/Messages/comms_message_7");
}
