#include "core/text.hpp"
#include "delivery/recorder.hpp"
#include "delivery/retry.hpp"
#include "delivery/wait.hpp"
#include "http/form.hpp"
#include "store/event_log.hpp"
#include "store/opt_outs.hpp"
#include "store/outbox.hpp"
#include "unit/delivery/delivery_house.hpp"
#include "updates/apply.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>

using namespace smsctl;

using House = test::DeliveryHouse;
using test::accept;
using test::accepted_sid;
using test::answer_json;
using test::refuse;

TEST_CASE("an accepted message has the provider's id and leaves the outbox", "[worker]")
{
    House house;
    test::LoopbackServer server([](const auto&) { return accept(); });
    const auto settled = house.submit(server.url(""), house.plan());
    CHECK(settled.message.status == sms::Status::queued);
    CHECK(settled.message.provider_id == accepted_sid);
    CHECK_FALSE(settled.error.has_value());
    CHECK(house.stored(settled.message).provider_id == accepted_sid);
    CHECK_FALSE(store::Outbox(house.scope).find(settled.message.row).has_value());
    CHECK(server.requests().size() == 1);
}

TEST_CASE("the claim is on disk before the request arrives", "[worker]")
{
    House house;
    const sms::Message message = house.plan();
    std::optional<sms::Status> seen;
    test::LoopbackServer server([&](const auto&) {
        store::Database other = house.reopen();
        store::Scope elsewhere = other.scope(house.workspace);
        seen = store::Messages(elsewhere).by_row(message.row).value().status;
        return accept();
    });
    house.submit(server.url(""), message);
    CHECK(seen == sms::Status::submitting);
}

TEST_CASE("a refusal is final and an opt-out it tells of is kept", "[worker]")
{
    House house;
    test::LoopbackServer server([](const auto&) { return refuse(400, 21610); });
    const auto settled = house.submit(server.url(""), house.plan());
    CHECK(settled.message.status == sms::Status::rejected);
    REQUIRE(settled.error);
    CHECK(settled.error->fault.code == 21610);
    CHECK(settled.message.failure->code == "21610");
    CHECK(server.requests().size() == 1);
    CHECK(store::OptOuts(house.scope).find("+14155552671", "+14155550100").has_value());
}

TEST_CASE("what was certainly not sent is tried four times", "[worker]")
{
    House house;
    test::LoopbackServer server([](const auto&) { return refuse(429, 20429); });
    const std::string key = GENERATE("", "order-42");
    const auto settled = house.submit(server.url(""), house.plan(key));
    CHECK(server.requests().size() == 4);
    CHECK(settled.message.attempts == 4);
    REQUIRE(settled.error);
    if (key.empty()) {
        // Whoever was told "not sent" sends anew, so this one must never go.
        CHECK(settled.message.status == sms::Status::failed);
        CHECK_FALSE(store::Outbox(house.scope).find(settled.message.row).has_value());
    } else {
        CHECK(settled.message.status == sms::Status::planned);
        test::LoopbackServer better([](const auto&) { return accept(); });
        CHECK(house.submit(better.url(""), settled.message).message.status == sms::Status::queued);
        CHECK(better.requests().size() == 1);
    }
}

TEST_CASE("an outage that ends is survived without a second message", "[worker]")
{
    House house;
    std::atomic<int> calls = 0;
    test::LoopbackServer server(
        [&](const auto&) { return ++calls < 3 ? refuse(429, 20429) : accept(); });
    const auto settled = house.submit(server.url(""), house.plan());
    CHECK(settled.message.status == sms::Status::queued);
    CHECK(settled.message.attempts == 3);
    CHECK_FALSE(settled.message.failure.has_value());
}

TEST_CASE("an answer that never came leaves the message in doubt and is not tried again",
          "[worker]")
{
    House house;
    const sms::Message message = house.plan("order-42");
    SECTION("the server failed after it may have accepted")
    {
        test::LoopbackServer server([](const auto&) { return answer_json(500, "{}"); });
        CHECK(house.submit(server.url(""), message).message.status == sms::Status::in_doubt);
        CHECK(house.submit(server.url(""), message).message.status == sms::Status::in_doubt);
        CHECK(server.requests().size() == 1);
    }
    SECTION("the connection broke after the request")
    {
        test::RawServer server([](auto, const auto&) {
            return test::RawAnswer{.bytes = "", .then = test::RawAnswer::Then::reset};
        });
        CHECK(house.submit(server.url(""), message).message.status == sms::Status::in_doubt);
        CHECK(house.submit(server.url(""), message).message.status == sms::Status::in_doubt);
        CHECK(server.requests().size() == 1);
    }
    SECTION("the answer cannot be read")
    {
        test::LoopbackServer server([](const auto&) { return answer_json(201, R"({"sid":"SM0)"); });
        CHECK(house.submit(server.url(""), message).message.status == sms::Status::in_doubt);
        CHECK(server.requests().size() == 1);
    }
}

TEST_CASE("nobody home is certainly not sent", "[worker]")
{
    House house;
    const auto settled =
        house.submit(fmt::format("http://127.0.0.1:{}", test::closed_port()), house.plan("k"));
    CHECK(settled.message.status == sms::Status::planned);
    REQUIRE(settled.error);
    CHECK(settled.error->retry == providers::Retry::later);
}

TEST_CASE("what a dead process had in the air is in doubt", "[worker]")
{
    House house;
    const sms::Message message = house.plan();
    {
        store::Transaction transaction = house.scope.begin();
        store::Outbox(house.scope).release(message.row);
        store::Outbox(house.scope)
            .claim(message.row, message.row, "gone", house.clock.now() + std::chrono::minutes(5));
        sms::Message claimed = house.stored(message);
        claimed.status = sms::Status::submitting;
        store::Messages(house.scope).update(claimed);
        transaction.commit();
    }
    CHECK(delivery::settle_abandoned(house.scope, house.clock) ==
          0); // an owner of whom nothing is known has its time
    house.clock.step(std::chrono::minutes(6));
    CHECK(delivery::settle_abandoned(house.scope, house.clock) == 1);
    CHECK(house.stored(message).status == sms::Status::in_doubt);
    CHECK(delivery::settle_abandoned(house.scope, house.clock) == 0);
}

TEST_CASE("a live process keeps its claim, however late its answer and whatever the clock",
          "[worker]")
{
    House house;
    const sms::Message message = house.plan();
    test::LoopbackServer server([&](const auto&) {
        house.clock.step(std::chrono::hours(24));
        store::Database other = house.reopen();
        store::Scope elsewhere = other.scope(house.workspace);
        CHECK(delivery::settle_abandoned(elsewhere, house.clock) == 0);
        return accept();
    });
    CHECK(house.submit(server.url(""), message).message.status == sms::Status::queued);
}

TEST_CASE("an answer is kept although somebody took its process for dead", "[worker]")
{
    House house;
    const sms::Message message = house.plan("k");
    const auto given_up = [&](const auto& answer) {
        return [&house, &message, answer](const auto&) {
            store::Database other = house.reopen();
            store::Scope elsewhere = other.scope(house.workspace);
            store::Transaction transaction = elsewhere.begin();
            sms::Message lost = store::Messages(elsewhere).by_row(message.row).value();
            lost.status = sms::Status::in_doubt;
            lost.chat_id = "marked meanwhile";
            store::Messages(elsewhere).update(lost);
            store::Outbox(elsewhere).release(message.row);
            transaction.commit();
            return answer();
        };
    };
    SECTION("accepted")
    {
        test::LoopbackServer server(given_up([] { return accept(); }));
        const auto settled = house.submit(server.url(""), message);
        CHECK(settled.message.status == sms::Status::queued);
        CHECK(settled.message.provider_id == accepted_sid);
        CHECK(settled.message.chat_id == "marked meanwhile");
        CHECK_FALSE(store::Outbox(house.scope).find(message.row).has_value());
    }
    SECTION("refused")
    {
        test::LoopbackServer server(given_up([] { return refuse(400, 21211); }));
        CHECK(house.submit(server.url(""), message).message.status == sms::Status::rejected);
    }
}

TEST_CASE("an accepted answer that cannot be stored is in doubt, and stays so until reconciled",
          "[worker]")
{
    House house;
    store::Database impatient({.location = house.path(), .busy_timeout = Millis(50)});
    house.scope = impatient.scope(house.workspace);
    const sms::Message message = house.plan("order-42");
    store::Database other = house.reopen();
    std::optional<store::Transaction> writer;
    test::LoopbackServer server([&](const auto&) {
        writer.emplace(other.connection()); // holds the lock for longer than the wait
        return accept();
    });
    try {
        house.submit(server.url(""), message);
        FAIL("nothing was thrown");
    } catch (const Error& error) {
        CHECK(error.exit() == Exit::in_doubt);
        CHECK(std::string(error.what()).find(accepted_sid) != std::string::npos);
    }
    writer.reset();
    CHECK(house.stored(message).status == sms::Status::submitting);
    CHECK(house.submit(server.url(""), message).message.status == sms::Status::submitting);
    CHECK(server.requests().size() == 1);
}

TEST_CASE("an answer with another message's id leaves both as they are", "[worker]")
{
    House house;
    test::LoopbackServer server([](const auto&) { return accept(); });
    const auto first = house.submit(server.url(""), house.plan("one")).message;
    const auto second = house.submit(server.url(""), house.plan("two")).message;
    CHECK(second.status == sms::Status::in_doubt);
    CHECK(second.provider_id.empty());
    CHECK(second.failure->text.find(first.id) != std::string::npos);
    CHECK(house.stored(first).status == sms::Status::queued);
}

TEST_CASE("a message that was stopped before its turn is not sent", "[worker]")
{
    House house;
    const std::string key = GENERATE("", "order-42");
    const bool at_once = GENERATE(true, false);
    CAPTURE(key, at_once);
    const sms::Message message = house.plan(key);
    std::stop_source stop;
    if (at_once)
        stop.request_stop();
    test::LoopbackServer stopping([&](const auto&) {
        stop.request_stop();
        return refuse(429, 20429);
    });
    const auto far_end = house.provider(stopping.url(""));
    const auto settled = house.submit(*far_end, message, stop.get_token());
    CHECK(settled.stopped);
    CHECK(stopping.requests().size() == (at_once ? 0 : 1));
    // Without a key nobody can ask for this very message again: it must never go.
    CHECK(house.stored(message).status ==
          (key.empty() ? sms::Status::failed : sms::Status::planned));
    CHECK(store::Outbox(house.scope).find(message.row).has_value() == !key.empty());
}

TEST_CASE("a provider that asks for a long pause is not waited for", "[worker]")
{
    House house;
    test::LoopbackServer server([](const auto&) {
        http::ServerResponse answer = refuse(429, 20429);
        answer.headers.emplace_back("Retry-After", "3600");
        return answer;
    });
    const Instant before = house.clock.now();
    const auto settled = house.submit(server.url(""), house.plan("k"));
    CHECK(server.requests().size() == 1);
    CHECK(house.clock.now() - before < std::chrono::minutes(1));
    CHECK(settled.retry_after == std::chrono::hours(1));
    CHECK(settled.message.status == sms::Status::planned);
}

TEST_CASE("a message refused for its credentials may go under its key once they are right",
          "[worker]")
{
    struct Row {
        int http;
        int code;
        sms::Status after;
    };
    const Row row = GENERATE(Row{401, 20003, sms::Status::planned},
                             Row{403, 20403, sms::Status::planned},
                             Row{403, 21408, sms::Status::rejected},
                             Row{400, 21211, sms::Status::rejected});
    CAPTURE(row.http, row.code);
    House house;
    test::LoopbackServer server([&](const auto&) { return refuse(row.http, row.code); });
    const auto settled = house.submit(server.url(""), house.plan("k"));
    CHECK(settled.message.status == row.after);
    REQUIRE(settled.error);
    CHECK(server.requests().size() == 1);
    if (row.after != sms::Status::planned)
        return;
    test::LoopbackServer better([](const auto&) { return accept(); });
    CHECK(house.submit(better.url(""), settled.message).message.status == sms::Status::queued);
}

TEST_CASE("a callback that beat the answer is applied once the answer is there", "[worker]")
{
    House house;
    const sms::Message message = house.plan();
    test::LoopbackServer server([&](const auto&) {
        store::Database other = house.reopen();
        store::Scope elsewhere = other.scope(house.workspace);
        store::Transaction transaction = elsewhere.begin();
        providers::StatusReport report;
        report.provider_id = accepted_sid;
        report.status_word = "delivered";
        report.status = sms::Status::delivered;
        updates::Updates(elsewhere, house.clock)
            .apply(report, sms::EventSource::callback, "as it came");
        transaction.commit();
        return accept();
    });
    CHECK(house.submit(server.url(""), message).message.status == sms::Status::delivered);
}

TEST_CASE("waiting ends at the goal, at a failure, or at the deadline", "[wait]")
{
    House house;
    std::string status = "sent";
    test::LoopbackServer server([&](const http::ServerRequest& request) {
        http::ServerResponse answer = accept();
        if (request.method == "GET") {
            answer.status = 200;
            answer.body.replace(answer.body.find("queued"), 6, status);
        }
        return answer;
    });
    const auto message = house.submit(server.url(""), house.plan()).message;
    const auto far_end = house.provider(server.url(""));
    delivery::Wait wait(house.scope, *far_end, house.clock);
    const Instant deadline = house.clock.now() + std::chrono::seconds(30);
    const auto until = [&](sms::Status goal) {
        return wait.until(message.row, goal, deadline, {}).status;
    };
    SECTION("the goal")
    {
        CHECK(until(sms::Status::sent) == sms::Status::sent);
    }
    SECTION("past the goal")
    {
        CHECK(until(sms::Status::accepted) == sms::Status::queued);
    }
    SECTION("a failure")
    {
        status = "undelivered";
        CHECK(until(sms::Status::delivered) == sms::Status::undelivered);
    }
    SECTION("the deadline")
    {
        CHECK(until(sms::Status::delivered) == sms::Status::sent);
        CHECK(house.clock.now() >= deadline);
    }
}

TEST_CASE("the pause before another try grows, with jitter, unless the provider says", "[retry]")
{
    CHECK(delivery::retry_delay(2, {}, 0.999) < Millis(500));
    CHECK(delivery::retry_delay(2, {}, 0.5) == Millis(250));
    CHECK(delivery::retry_delay(4, {}, 0.5) == Millis(1000));
    CHECK(delivery::retry_delay(40, {}, 0.5) == Millis(15'000));
    CHECK(delivery::retry_delay(2, Millis(7000), 0.1) == Millis(7000));
}
