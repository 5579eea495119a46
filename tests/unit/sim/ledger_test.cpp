#include "sim/ledger.hpp"
#include "sim/outcome.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace smsctl;
using namespace smsctl::sim;

namespace {

/// A ledger whose time moves when told, and what it announces.
struct World {
    explicit World(double speed = 1)
        : ledger(account,
                 {clock,
                  [this](Millis delay, std::function<void()> task) {
                      tasks.emplace(clock.now() + delay, std::move(task));
                  },
                  [this](const Webhook& webhook) { webhooks.push_back(webhook); }},
                 speed)
    {
    }

    void run_until(Instant end)
    {
        while (!tasks.empty() && tasks.begin()->first <= end) {
            auto next = tasks.extract(tasks.begin());
            clock.step(next.key() - clock.now());
            next.mapped()();
        }
    }
    Message& add(const std::string& to, const std::string& service = {})
    {
        Message message;
        message.sid = account.sids().next("SM");
        message.direction = "outbound-api";
        message.status = service.empty() ? "queued" : "accepted";
        message.from = service.empty() ? "+15005550006" : "";
        message.service_sid = service;
        message.to = to;
        message.body = "hello";
        message.segments = service.empty() ? 1 : 0;
        message.status_callback = "http://127.0.0.1:1/status";
        message.created_at = clock.now();
        return ledger.add(message);
    }
    std::vector<std::string> announced() const
    {
        std::vector<std::string> events;
        for (const Webhook& webhook : webhooks)
            events.push_back(webhook.event);
        return events;
    }

    test::FakeClock clock;
    Account account{0, clock.now()};
    std::multimap<Instant, std::function<void()>> tasks;
    std::vector<Webhook> webhooks;
    Ledger ledger;
};

using Words = std::vector<std::string>;
const std::string service = "MG5100000000000000000000000000051a";

} // namespace

TEST_CASE("a message is queued, sending, sent and delivered, each after its time")
{
    World world;
    const Message& message = world.add("+14155552671");
    const Instant start = world.clock.now();
    struct Step {
        int at;
        std::string status;
    };
    for (const Step& step : {Step{99, "queued"},
                             Step{100, "sending"},
                             Step{199, "sending"},
                             Step{200, "sent"},
                             Step{499, "sent"},
                             Step{500, "delivered"}}) {
        world.run_until(start + Millis(step.at));
        INFO("after " << step.at << " ms");
        CHECK(message.status == step.status);
        CHECK(message.price == (step.at < 200 ? "" : "-0.00790"));
    }
    CHECK(world.announced() == Words{"sent", "delivered"});
    CHECK(world.tasks.empty());
}

TEST_CASE("a speed of ten makes a tenth of the wait")
{
    World world(10);
    const Message& message = world.add("+14155552671");
    world.run_until(world.clock.now() + Millis(50));
    CHECK(message.status == "delivered");
}

TEST_CASE("a service chooses the sender, and its queue is announced")
{
    World world;
    const Message& message = world.add("+14155552671", service);
    world.run_until(world.clock.now() + Millis(50));
    CHECK(message.status == "queued");
    CHECK(message.from == "+15005550006");
    CHECK(message.segments == 1);
    world.run_until(world.clock.now() + Millis(1000));
    CHECK(world.announced() == Words{"queued", "sent", "delivered"});
    CHECK(http::first(world.webhooks[0].form, "MessagingServiceSid") == service);
}

TEST_CASE("the ending of the recipient decides what becomes of a message")
{
    for (const Outcome& row : outcomes()) {
        DYNAMIC_SECTION(row.ending)
        {
            World world;
            const Message& message = world.add("+141555" + std::string(row.ending));
            world.run_until(world.clock.now() + std::chrono::hours(1));
            CHECK(message.status == row.status);
            CHECK(message.error_code == row.error_code);
            CHECK(message.price.empty() == (row.status == "failed"));
            const http::Form& last = world.webhooks.back().form;
            CHECK(http::first(last, "MessageStatus") == row.status);
            CHECK(http::first(last, "ErrorCode") ==
                  (row.error_code == 0 ? "" : std::to_string(row.error_code)));
        }
    }
}

TEST_CASE("a scheduled message waits for its time and can be canceled before")
{
    World world;
    Message message;
    message.sid = "SM1";
    message.status = "scheduled";
    message.service_sid = service;
    message.to = "+14155552671";
    message.body = "hello";
    message.status_callback = "http://127.0.0.1:1/status";
    message.send_at = world.clock.now() + std::chrono::hours(1);
    Message& stored = world.ledger.add(message);
    const Instant start = world.clock.now();
    world.run_until(start + std::chrono::minutes(59));
    CHECK(stored.status == "scheduled");

    SECTION("its time comes")
    {
        world.run_until(start + std::chrono::minutes(61));
        CHECK(stored.status == "delivered");
    }
    SECTION("it is canceled")
    {
        world.ledger.cancel(stored);
        world.run_until(start + std::chrono::minutes(61));
        CHECK(stored.status == "canceled");
        CHECK(world.announced() == Words{"canceled"});
    }
    SECTION("the recipient says STOP meanwhile")
    {
        world.account.opt_outs().insert({"+15005550006", "+14155552671"});
        world.run_until(start + std::chrono::minutes(61));
        CHECK(stored.status == "failed");
        CHECK(stored.error_code == 21610);
    }
}

TEST_CASE("a status callback has Twilio's fields and no others")
{
    World world;
    const Message& message = world.add("+14155300030");
    world.run_until(world.clock.now() + Millis(1000));
    REQUIRE(world.webhooks.size() == 2);
    CHECK(world.webhooks[1].form == http::Form{{"SmsSid", message.sid},
                                               {"SmsStatus", "delivered"},
                                               {"MessageStatus", "delivered"},
                                               {"To", message.to},
                                               {"MessageSid", message.sid},
                                               {"AccountSid", world.account.sid()},
                                               {"From", "+15005550006"},
                                               {"ApiVersion", "2010-04-01"},
                                               {"RawDlrDoneDate", "2603021011"}});
}
