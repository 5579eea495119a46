#include "delivery/bulk_settlement.hpp"
#include "delivery/bulk_worker.hpp"
#include "providers/registry.hpp"
#include "store/bulk_requests.hpp"
#include "support/loopback_server.hpp"
#include "unit/delivery/far_end_config.hpp"
#include "unit/delivery/list_house.hpp"

#include <nlohmann/json.hpp>

#include <functional>

using namespace smsctl;
using nlohmann::json;

namespace {

const std::string operation = "comms_operation_01h2xcejqtf2nbrexx3vqjhp41";
const std::string sid_stem = "SM000000000000000000000000000000";

http::ServerResponse answer(int status, const json& body)
{
    return {
        .status = status, .headers = {{"Content-Type", "application/json"}}, .body = body.dump()};
}

http::ServerResponse accept()
{
    return answer(202, {{"operationId", operation}});
}

http::ServerResponse refuse(int status, int code, const std::string& context)
{
    return answer(
        status,
        {{"errors", json::array({{{"code", code}, {"message", "no"}, {"context", context}}})}});
}

/// Lists that go via batch, and a far end that a test writes.
struct House : test::ListHouse {
    sms::Batch plan_batch(int count)
    {
        delivery::ListOptions options = saying();
        options.via = sms::via_batch;
        return plan(numbers(count), std::move(options));
    }
    std::unique_ptr<providers::twilio::BulkClient> client(const std::string& url)
    {
        return providers::make_bulk_client("twilio", test::far_end_config(url, clock));
    }
    static delivery::Selection all_of(const sms::Batch& batch)
    {
        delivery::Selection selection;
        selection.batch_row = batch.row;
        selection.first_message_row = batch.first_message_row;
        selection.last_message_row = batch.last_message_row;
        return selection;
    }
    delivery::Ended
    send(const sms::Batch& batch, const std::string& url, const delivery::WorkOptions& options = {})
    {
        const auto far_end = client(url);
        return delivery::BulkWorker(scope, *far_end, clock, options)
            .run(all_of(batch),
                 [this](const delivery::Settled& one) { settled.push_back(one.message.status); },
                 {});
    }
    delivery::BulkLook look(const std::string& url, const providers::RequestLimits& limits = {})
    {
        providers::ProviderConfig config = test::far_end_config(url, clock);
        config.limits = limits;
        const auto far_end = providers::make_bulk_client("twilio", config);
        return delivery::BulkSettlement(scope, *far_end, clock)
            .look(
                delivery::bulk_requests_to_ask_about(scope, clock, 0), {}, [](auto&, auto) {}, {});
    }
    std::int64_t in_status(const std::string& status)
    {
        return count("SELECT count(*) FROM messages WHERE status = '" + status + "'");
    }
    std::int64_t requests(const std::string& state)
    {
        return count("SELECT count(*) FROM bulk_requests WHERE state = '" + state + "'");
    }
    std::string text(const std::string& sql)
    {
        store::Statement statement = database.connection().prepare(sql);
        REQUIRE(statement.step());
        return statement.text(0);
    }

    std::vector<sms::Status> settled;
};

/// What the far end shows of the requests it was posted.
struct FarEnd {
    http::ServerResponse operator()(const http::ServerRequest& request)
    {
        if (request.method == "POST") {
            const json posted = json::parse(request.body);
            for (const json& to : posted["to"])
                recipients.push_back(to["address"]);
            tag = posted["tags"]["smsctl_batch"];
            return post();
        }
        const std::string path = request.target.substr(0, request.target.find('?'));
        if (path.find("/Operations/") != std::string::npos)
            return answer(
                200,
                {{"id", operation},
                 {"status", operation_status},
                 {"stats", {{"recipients", recipients.size()}, {"unaddressable", unaddressable}}}});
        if (path == "/v1/Messages") {
            json list = json::array();
            for (std::size_t i = 0; i < shown && i < recipients.size(); ++i)
                list.push_back(message(i));
            return answer(200, {{"messages", list}, {"pagination", {{"next", nullptr}}}});
        }
        const std::size_t number = std::stoul(path.substr(path.rfind('_') + 1));
        json whole = message(number);
        whole["attempts"] = json::array({{{"status", status},
                                          {"infoUrl", "https://x.example/sms/AC1/" + sid(number)},
                                          {"error", nullptr}}});
        return answer(200, whole);
    }
    static std::string sid(std::size_t number) { return sid_stem + fmt::format("{:02}", number); }
    json message(std::size_t number) const
    {
        return {{"id", fmt::format("comms_message_{}", number)},
                {"to", json::array({{{"address", recipients[number]}}})},
                {"status", status},
                {"related", json::array({{{"name", "OPERATION"}, {"id", operation}}})},
                {"tags", {{"smsctl_batch", tag}}}};
    }

    std::function<http::ServerResponse()> post = accept;
    std::vector<std::string> recipients;
    std::string tag;
    std::size_t shown = 1000;
    std::string status = "SENT";
    std::string operation_status = "PROCESSING";
    int unaddressable = 0;
};

} // namespace

TEST_CASE("a request and its messages are on disk before it arrives", "[bulk_worker]")
{
    House house;
    const sms::Batch batch = house.plan_batch(5);
    std::string seen;
    test::LoopbackServer server([&](const auto& request) {
        store::Database other = house.reopen();
        store::Statement statement = other.connection().prepare(
            "SELECT r.tag || ' ' || r.state || ' ' || r.row_count || ' ' || (SELECT count(*) FROM "
            "messages m JOIN outbox o ON o.message_id = m.id WHERE m.bulk_request_id = r.id AND "
            "m.status = 'submitting' AND o.lease_owner = r.owner) FROM bulk_requests r");
        REQUIRE(statement.step());
        seen = statement.text(0);
        const json posted = json::parse(request.body);
        CHECK(seen == posted["tags"]["smsctl_batch"].template get<std::string>() + " armed 5 5");
        return accept();
    });
    CHECK(house.send(batch, server.url("")) == delivery::Ended::done);
    CHECK_FALSE(seen.empty());
    CHECK(house.in_status("accepted") == 5);
    CHECK(house.requests("accepted") == 1);
    CHECK(house.count("SELECT count(*) FROM outbox") == 0);
    CHECK(house.settled == std::vector(5, sms::Status::accepted));
}

TEST_CASE("what a dead process had armed is in doubt as a whole, once", "[bulk_worker]")
{
    House house;
    const sms::Batch batch = house.plan_batch(5);
    const pid_t child = ::fork(); // while there is no other thread, whose locks it would inherit
    if (child == 0) {
        store::Database own = house.reopen();
        store::Scope elsewhere = own.scope(house.workspace);
        // Armed, and about to post.
        store::Transaction transaction = elsewhere.begin();
        test::FakeClock clock;
        auto taken = delivery::Claims(elsewhere, clock, House::all_of(batch), {}, 0).take(5);
        sms::BulkRequest request;
        request.batch_row = batch.row;
        request.tag = "t1";
        request.row_count = 5;
        request.owner = store::this_process();
        request.armed_at = clock.now();
        request.owner_until = clock.now() + std::chrono::minutes(5);
        std::vector<std::int64_t> rows;
        for (const delivery::Claim& claim : taken.claims)
            rows.push_back(claim.message.row);
        store::BulkRequests(elsewhere).arm(request, rows);
        transaction.commit();
        ::_exit(0);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    CHECK(delivery::settle_abandoned(house.scope, house.clock) == 5);
    CHECK(delivery::settle_abandoned(house.scope, house.clock) == 0);
    CHECK(house.in_status("in_doubt") == 5);
    CHECK(house.requests("unknown") == 1);
    // Nothing of it goes again by itself.
    test::LoopbackServer server([](const auto&) { return accept(); });
    CHECK(house.send(batch, server.url("")) == delivery::Ended::done);
    CHECK(server.requests().empty());
}

TEST_CASE("an armed request of a living process is left alone", "[bulk_worker]")
{
    House house;
    const sms::Batch batch = house.plan_batch(3);
    test::LoopbackServer server([&](const auto&) {
        store::Database other = house.reopen();
        store::Scope elsewhere = other.scope(house.workspace);
        CHECK(delivery::settle_abandoned(elsewhere, house.clock) == 0);
        return accept();
    });
    house.send(batch, server.url(""));
    CHECK(house.in_status("accepted") == 3);
}

TEST_CASE("each outcome of a request leaves its messages where they belong", "[bulk_worker]")
{
    struct Row {
        std::string name;
        http::ServerResponse response;
        delivery::Ended ended;
        std::string request_state;
        std::string message_state;
        std::size_t posts;
    };
    const auto row = GENERATE_COPY(values<Row>({
        {"202", accept(), delivery::Ended::done, "accepted", "accepted", 1},
        {"202 without a name",
         answer(202, json::object()),
         delivery::Ended::done,
         "untracked",
         "accepted",
         1},
        {"401", refuse(401, 20003, ""), delivery::Ended::refused, "refused", "planned", 1},
        {"429", refuse(429, 20429, ""), delivery::Ended::unavailable, "not_sent", "planned", 4},
        {"500", refuse(500, 20500, ""), delivery::Ended::all_in_doubt, "unknown", "in_doubt", 1},
        {"503", refuse(503, 20503, ""), delivery::Ended::all_in_doubt, "unknown", "in_doubt", 1},
        {"a proxy's page",
         {.status = 200, .headers = {}, .body = "<html>"},
         delivery::Ended::all_in_doubt,
         "unknown",
         "in_doubt",
         1},
        {"no answer",
         {.status = 200, .headers = {}, .body = {}, .hang_up = http::HangUp::reset},
         delivery::Ended::all_in_doubt,
         "unknown",
         "in_doubt",
         1},
    }));
    DYNAMIC_SECTION(row.name)
    {
        House house;
        const sms::Batch batch = house.plan_batch(4);
        test::LoopbackServer server([&](const auto&) { return row.response; });
        CHECK(house.send(batch, server.url("")) == row.ended);
        CHECK(server.requests().size() == row.posts);
        CHECK(house.requests(row.request_state) == static_cast<int>(row.posts));
        CHECK(house.in_status(row.message_state) == 4);
        const bool carries = row.message_state != "planned";
        CHECK(house.count("SELECT count(*) FROM messages WHERE bulk_request_id IS NOT NULL") ==
              (carries ? 4 : 0));
        CHECK(house.count("SELECT count(*) FROM outbox WHERE lease_owner IS NOT NULL") == 0);
    }
}

TEST_CASE("only those at fault are rejected, and the others go again", "[bulk_worker]")
{
    House house;
    const sms::Batch batch = house.plan_batch(4);
    int posts = 0;
    test::LoopbackServer server([&](const auto&) {
        return ++posts == 1 ? refuse(400, 21610, "$.to[2].address") : accept();
    });
    CHECK(house.send(batch, server.url("")) == delivery::Ended::done);
    CHECK(posts == 2);
    CHECK(house.in_status("accepted") == 3);
    CHECK(house.text("SELECT failure_code FROM messages WHERE status = 'rejected'") == "21610");
    CHECK(house.text("SELECT to_address FROM messages WHERE status = 'rejected'") ==
          "+14155552002");
    CHECK(store::OptOuts(house.scope).find("+14155552002", test::first_sender).has_value());
    CHECK(house.requests("refused") == 1);
    CHECK(house.requests("accepted") == 1);
}

TEST_CASE("a refusal that no recipient is to blame for stops the run", "[bulk_worker]")
{
    House house;
    const sms::Batch batch = house.plan_batch(4);
    const std::string context = GENERATE("", "$.from.address", "$.to[4].address");
    test::LoopbackServer server([&](const auto&) { return refuse(400, 21606, context); });
    CHECK_THROWS_AS(house.send(batch, server.url("")), Error);
    CHECK(server.requests().size() == 1);
    CHECK(house.in_status("planned") == 4);
}

TEST_CASE("a lost answer ends the run before more is in doubt", "[bulk_worker]")
{
    House house;
    const sms::Batch batch = house.plan_batch(10);
    test::LoopbackServer server([](const auto&) { return refuse(500, 20500, ""); });
    delivery::WorkOptions options;
    options.bulk_rows = 3;
    CHECK(house.send(batch, server.url(""), options) == delivery::Ended::all_in_doubt);
    CHECK(server.requests().size() == 1);
    CHECK(house.in_status("in_doubt") == 3);
    CHECK(house.in_status("planned") == 7);
}

TEST_CASE("what was unknown is adopted when its tag is found, as far as it is found",
          "[bulk_worker]")
{
    House house;
    const sms::Batch batch = house.plan_batch(4);
    FarEnd far_end;
    far_end.post = [] { return refuse(500, 20500, ""); };
    test::LoopbackServer server([&](const auto& request) { return far_end(request); });
    house.send(batch, server.url(""));
    far_end.shown = 0;
    CHECK(house.look(server.url("")).open == 4);
    CHECK(house.requests("unknown") == 1);
    far_end.shown = 2;
    CHECK(house.look(server.url("")).open == 2);
    CHECK(house.in_status("sent") == 2);
    CHECK(house.in_status("in_doubt") == 2);
    CHECK(house.requests("accepted") == 1);
    far_end.shown = 4;
    CHECK(house.look(server.url("")).open == 0);
    CHECK(house.in_status("sent") == 4);
    CHECK(house.count("SELECT count(DISTINCT provider_id) FROM messages") == 4);
    CHECK(house.count("SELECT count(*) FROM outbox") == 0);
    const auto asked = server.requests().size();
    CHECK(house.look(server.url("")).requests == 0);
    CHECK(server.requests().size() == asked);
}

TEST_CASE("a look spends no more than it may, and the next ones go on", "[bulk_worker]")
{
    House house;
    const sms::Batch batch = house.plan_batch(4);
    FarEnd far_end;
    test::LoopbackServer server([&](const auto& request) { return far_end(request); });
    house.send(batch, server.url(""));
    far_end.shown = 4;
    std::size_t asked = server.requests().size();
    int runs = 0;
    for (bool was_stopped = true; was_stopped && runs < 10; ++runs) {
        const delivery::BulkLook look = house.look(server.url(""), {.max_requests = 3});
        CHECK(look.requests <= 3);
        CHECK(server.requests().size() - asked == static_cast<std::size_t>(look.requests));
        asked = server.requests().size();
        was_stopped = look.stopped_early;
    }
    CHECK(runs == 2); // the list and two messages each
    CHECK(house.count("SELECT count(*) FROM messages WHERE provider_id IS NOT NULL") == 4);
}

TEST_CASE("missing messages are unaddressable only when the operation counts as many",
          "[bulk_worker]")
{
    struct Row {
        std::string name;
        std::string status;
        int unaddressable;
        int failed;
    };
    const auto row = GENERATE(values<Row>({
        {"still at work", "PROCESSING", 1, 0},
        {"completed, and counts none", "COMPLETED", 0, 0},
        {"completed, and counts more", "COMPLETED", 2, 0},
        {"completed, and counts them", "COMPLETED", 1, 1},
    }));
    DYNAMIC_SECTION(row.name)
    {
        House house;
        const sms::Batch batch = house.plan_batch(3);
        FarEnd far_end;
        test::LoopbackServer server([&](const auto& request) { return far_end(request); });
        house.send(batch, server.url(""));
        far_end.shown = 2;
        far_end.operation_status = row.status;
        far_end.unaddressable = row.unaddressable;
        CHECK(house.look(server.url("")).open == 1 - row.failed);
        CHECK(house.count("SELECT count(*) FROM messages WHERE failure_code = 'unaddressable'") ==
              row.failed);
        CHECK(house.in_status("accepted") == 1 - row.failed);
    }
}

TEST_CASE("after six days nothing is asked any more, and nothing is concluded", "[bulk_worker]")
{
    House house;
    const sms::Batch batch = house.plan_batch(3);
    test::LoopbackServer server([](const auto&) { return refuse(500, 20500, ""); });
    house.send(batch, server.url(""));
    house.clock.step(providers::twilio::bulk_visible_for + Millis(1));
    CHECK(house.look(server.url("")).requests == 0);
    CHECK(server.requests().size() == 1);
    CHECK(house.in_status("in_doubt") == 3);
}

TEST_CASE("a stop before the first request leaves everything planned", "[bulk_worker]")
{
    House house;
    const sms::Batch batch = house.plan_batch(3);
    const auto far_end = house.client("http://127.0.0.1:1");
    std::stop_source stop;
    stop.request_stop();
    CHECK(delivery::BulkWorker(house.scope, *far_end, house.clock, {})
              .run(
                  House::all_of(batch), [](const auto&) {}, stop.get_token()) ==
          delivery::Ended::stopped);
    CHECK(house.in_status("planned") == 3);
    CHECK(house.count("SELECT count(*) FROM bulk_requests") == 0);
}
