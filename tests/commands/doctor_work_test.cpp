#include "commands/doctor_world.hpp"
#include "providers/twilio/bulk_request.hpp"
#include "store/batches.hpp"
#include "store/bulk_requests.hpp"
#include "store/event_log.hpp"
#include "store/forwards.hpp"
#include "store/outbox.hpp"
#include "support/fake_clock.hpp"

#include <algorithm>

using namespace smsctl;
using namespace smsctl::test::doctor_world;
using test::our_number;
using test::Run;

namespace {

const std::string nobody = "nobody/boot/ns/1/1";

/// A bulk request with one message, made `at` by a process that is gone.
sms::BulkRequest add_bulk_request(store::Scope& scope, sms::BulkState state, Instant at)
{
    sms::Batch batch;
    batch.id = "bat_1";
    batch.identity = "spring";
    batch.state = sms::BatchState::planned;
    batch.created_at = at;
    store::Batches(scope).insert(batch);
    sms::Message message = test::make_message();
    message.status = sms::Status::submitting;
    message = test::store_message(scope, message);
    sms::BulkRequest request;
    request.batch_row = batch.row;
    request.tag = "tag";
    request.row_count = 1;
    request.owner = nobody;
    request.owner_until = at;
    request.armed_at = at;
    store::BulkRequests requests(scope);
    requests.arm(request, std::vector{message.row});
    request.state = state;
    requests.update(request);
    if (state != sms::BulkState::armed) {
        message.status = sms::Status::in_doubt;
        store::Messages(scope).update(message);
    }
    return request;
}

void add_forward(store::Scope& scope, const std::string& url, const std::string& owner)
{
    sms::Event event;
    event.source = sms::EventSource::callback;
    event.created_at = test::noon;
    store::EventLog(scope).append(event);
    store::PendingForward pending;
    pending.event_seq = event.seq;
    pending.forward.url = url;
    pending.forward.next_try_at = test::noon;
    store::Forwards(scope).add(pending, owner, test::noon);
}

} // namespace

TEST_CASE("doctor finds what a killed listener left, and puts it back")
{
    World world;
    world.sql("INSERT INTO pointings (number_id, workspace_id, url, former_url, former_method, "
              "owner, owner_until) SELECT id, workspace_id, 'https://sms.example.com/', "
              "'https://former.example.com/', 'POST', 'nobody/boot/ns/1/1', 1 FROM numbers");
    const Run run = doctor();
    INFO(run.out << run.err);
    CHECK(check(run, "leftovers")["status"] == "failed");
    CHECK(check(run, "leftovers")["fix"] == "smsctl number set +15550199 --undo -w prod");
    const Run fixed = doctor({"--fix"});
    INFO(fixed.out << fixed.err);
    CHECK(check(fixed, "leftovers")["status"] == "fixed");
    const auto requests = world.far_end.server.requests();
    CHECK(std::any_of(requests.begin(), requests.end(), [](const auto& request) {
        return request.method == "POST" &&
               request.body.find("former.example.com") != std::string::npos;
    }));
    CHECK(check(doctor(), "leftovers")["status"] == "ok");
}

TEST_CASE("doctor finds sends whose process is gone, and calls them in doubt")
{
    World world;
    sms::Message message = test::make_message();
    message.status = sms::Status::submitting;
    store::Scope scope = world.traffic.scope();
    message = test::store_message(scope, message);
    store::OutboxEntry entry;
    entry.message_row = message.row;
    entry.sender = our_number;
    entry.due_at = test::noon;
    store::Outbox(scope).add(entry);
    store::Outbox(scope).claim(message.row, message.row, "nobody/boot/ns/1/1", test::noon);
    const Run run = doctor({"--offline"});
    CHECK(check(run, "stuck")["status"] == "failed");
    CHECK(check(run, "stuck")["fix"] == "smsctl reconcile -w prod");
    const Run fixed = doctor({"--offline", "--fix"});
    CHECK(check(fixed, "stuck")["status"] == "fixed");
    CHECK(fixed.exit == 7); // which it then says
    CHECK(check(fixed, "in_doubt")["status"] == "failed");
}

TEST_CASE("doctor finds scheduled messages that nobody sends")
{
    World world;
    store::Scope scope = world.traffic.scope();
    const auto message = test::store_message(scope, test::make_message());
    store::OutboxEntry entry;
    entry.message_row = message.row;
    entry.sender = our_number;
    entry.due_at = test::noon;
    entry.is_scheduled = true;
    store::Outbox(scope).add(entry);
    const Run run = doctor({"--offline"});
    CHECK(check(run, "stuck")["message"].get<std::string>().find("1 scheduled") == 0);
    CHECK(check(run, "stuck")["fix"].get<std::string>().find("smsctl send --due -w prod") == 0);
}

TEST_CASE("doctor finds requests to the bulk API whose process is gone, and doubts their messages")
{
    World world;
    store::Scope scope = world.traffic.scope();
    add_bulk_request(scope, sms::BulkState::armed, SystemClock().now());
    const Run run = doctor({"--offline"});
    const auto stuck = check(run, "stuck");
    CHECK(stuck["status"] == "failed");
    CHECK(stuck["message"].get<std::string>().find("1 request of the bulk API") !=
          std::string::npos);
    CHECK(stuck["fix"] == "smsctl reconcile -w prod");
    const Run fixed = doctor({"--offline", "--fix"});
    CHECK(check(fixed, "stuck")["status"] == "fixed");
    CHECK(check(fixed, "in_doubt")["status"] == "failed");
    CHECK(check(doctor({"--offline"}), "stuck")["status"] == "ok");
}

TEST_CASE("doctor says of which bulk messages no provider will tell any more")
{
    World world;
    store::Scope scope = world.traffic.scope();
    const Instant now = SystemClock().now();
    const bool is_lost = GENERATE(false, true);
    const Millis age = providers::twilio::bulk_visible_for + std::chrono::hours(is_lost ? 1 : -1);
    add_bulk_request(scope, sms::BulkState::unknown, now - age);
    const auto stuck = check(doctor({"--offline"}), "stuck");
    CHECK(stuck["status"] == (is_lost ? "warning" : "ok"));
    if (!is_lost)
        return;
    CHECK(stuck["message"].get<std::string>().find("of 1 message ") != std::string::npos);
    CHECK(stuck["fix"].get<std::string>().find("--status in_doubt -w prod") != std::string::npos);
}

TEST_CASE("doctor finds webhooks that wait for a listener, and how to start one")
{
    World world;
    store::Scope scope = world.traffic.scope();
    add_forward(scope, "http://127.0.0.1:3000/sms?a=1&b=2", nobody);
    add_forward(scope, "http://127.0.0.1:3000/sms?a=1&b=2", "another/boot/ns/1/1");
    add_forward(scope, "http://127.0.0.1:3001/", store::this_process());
    const Run run = doctor({"--offline", "--fix"});
    const auto stuck = check(run, "stuck");
    CHECK(run.exit == 9);
    CHECK(stuck["status"] == "failed");
    CHECK(stuck["message"].get<std::string>().find("2 webhooks have not reached "
                                                   "http://127.0.0.1:3000/sms?a=1&b=2, the "
                                                   "first since 2026-") == 0);
    CHECK(stuck["fix"] == "smsctl listen --forward-to 'http://127.0.0.1:3000/sms?a=1&b=2' -w prod");
    CHECK(run.out.find(":3001/") == std::string::npos);
}
