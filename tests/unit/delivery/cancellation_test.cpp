#include "core/error.hpp"
#include "delivery/cancellation.hpp"
#include "store/event_log.hpp"
#include "support/errors.hpp"
#include "unit/delivery/delivery_house.hpp"
#include "unit/delivery/list_house.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

using namespace smsctl;
using std::chrono::hours;
using std::chrono::minutes;
using test::accept;
using test::refuse;

namespace {

const std::string service = "MG0123456789abcdef0123456789abcdef";

/// Holds every message until its time; cancels it unless told that it has left.
struct FarEnd {
    std::atomic<int> created = 0;
    std::atomic<int> canceled = 0;
    std::set<std::string> gone;                  ///< ids that have left
    std::function<void()> before_create = [] {}; ///< in the server's thread
    test::LoopbackServer server{[this](const http::ServerRequest& request) {
        const std::size_t at = request.target.find("/SM");
        if (at == std::string::npos) {
            before_create();
            return accept(fmt::format("SM{:032}", ++created), "scheduled");
        }
        const std::string sid = request.target.substr(at + 1, 34);
        if (gone.contains(sid))
            return request.method == "GET" ? accept(sid, "sent") : refuse(409, 30409);
        ++canceled;
        return accept(sid, "canceled");
    }};
    std::string url() const { return server.url(""); }
};

struct House : test::DeliveryHouse {
    delivery::Cancellation cancellation()
    {
        return {scope, clock, [this]() -> providers::Provider& {
                    if (!far_end)
                        throw std::logic_error("the provider was not to be asked");
                    far_end_provider = provider(far_end->url());
                    return *far_end_provider;
                }};
    }
    sms::Message cancel(const sms::Message& message) { return cancellation().cancel(message); }
    std::string refusal(const sms::Message& message)
    {
        const Error error = test::error_of([&] { cancel(message); });
        CHECK(error.exit() == Exit::rejected);
        CHECK(test::error_of([&] { cancellation().rehearse(stored(message)); }).code() ==
              error.code());
        return error.code();
    }
    sms::Message waiting()
    {
        delivery::Draft made = draft();
        made.at = clock.now() + hours(1);
        return plan(made);
    }
    sms::Message held()
    {
        delivery::Draft made = draft();
        made.at = clock.now() + hours(1);
        made.from = service;
        return submit(far_end->url(), plan(made)).message;
    }
    sms::Message with_status(sms::Status status)
    {
        sms::Message message = waiting();
        store::Outbox(scope).finish(message.row);
        message.status = status;
        store::Messages(scope).update(message);
        return message;
    }

    std::optional<FarEnd> far_end;
    std::unique_ptr<providers::Provider> far_end_provider;
};

/// Lists, and a far end for them.
struct BatchHouse : test::ListHouse {
    sms::Batch plan_later(int count, const std::string& sender = "")
    {
        delivery::ListOptions options = saying();
        options.name = "spring";
        options.scheduled_at = clock.now() + hours(1);
        if (!sender.empty())
            options.senders = {sender};
        return plan(numbers(count), std::move(options));
    }
    std::unique_ptr<providers::Provider> provider() { return test::provider(far_end.url(), clock); }
    delivery::Ended submit(const sms::Batch& batch)
    {
        const auto door = provider();
        return delivery::Worker(scope, *door, clock, {})
            .run({.message_rows = {},
                  .batch_row = batch.row,
                  .first_message_row = batch.first_message_row,
                  .last_message_row = batch.last_message_row},
                 [](const auto&) {},
                 {});
    }
    delivery::CanceledBatch cancel(sms::Batch& batch) { return cancel(batch, scope, clock); }
    delivery::CanceledBatch cancel(sms::Batch& batch, store::Scope& by, Clock& its_clock)
    {
        std::unique_ptr<providers::Provider> door;
        return delivery::Cancellation(by,
                                      its_clock,
                                      [&]() -> providers::Provider& {
                                          if (!door)
                                              door = provider();
                                          return *door;
                                      })
            .cancel(batch, [](const auto&) {}, {});
    }
    std::int64_t with_status(const sms::Batch& batch, sms::Status status)
    {
        const auto counts = store::Batches(scope).status_counts(batch);
        const auto found = counts.find(status);
        return found == counts.end() ? 0 : found->second;
    }

    FarEnd far_end;
};

} // namespace

TEST_CASE("what waits here is canceled without the provider, and never goes", "[cancellation]")
{
    House house;
    const sms::Message message = house.waiting();
    CHECK(house.cancellation().rehearse(message).status == sms::Status::canceled);
    CHECK(house.stored(message).status == sms::Status::planned);

    const sms::Message canceled = house.cancel(message);
    CHECK(canceled.status == sms::Status::canceled);
    CHECK(house.stored(message).status == sms::Status::canceled);
    CHECK_FALSE(store::Outbox(house.scope).find(message.row));
    store::EventQuery its_own;
    its_own.message_row = message.row;
    const auto events = store::EventLog(house.scope).list(its_own);
    REQUIRE(events.size() == 2);
    CHECK(events.back().status == "canceled");
    CHECK(events.back().source == sms::EventSource::command);
    CHECK(events.back().seq == canceled.seq);
    CHECK(house.cancel(message).status == sms::Status::canceled); // once more is fine
    CHECK(store::EventLog(house.scope).list(its_own).size() == 2);

    house.far_end.emplace();
    house.clock.step(hours(1));
    CHECK(house.dispatch(house.far_end->url()).empty());
    CHECK(house.far_end->created == 0);
}

TEST_CASE("what the provider holds is canceled there", "[cancellation]")
{
    House house;
    house.far_end.emplace();
    const sms::Message message = house.held();
    REQUIRE(message.status == sms::Status::scheduled);
    SECTION("in time")
    {
        CHECK(house.cancel(message).status == sms::Status::canceled);
        CHECK(house.far_end->canceled == 1);
        CHECK(house.stored(message).status == sms::Status::canceled);
    }
    SECTION("too late")
    {
        house.far_end->gone = {message.provider_id};
        const Error error = test::error_of([&] { house.cancel(message); });
        CHECK(error.exit() == Exit::rejected);
        CHECK(error.provider()->code == 30409);
        CHECK(house.stored(message).status == sms::Status::scheduled);
    }
}

TEST_CASE("what has left, or is about to, is not canceled and says why", "[cancellation]")
{
    House house;
    struct Row {
        sms::Status status;
        const char* code;
    };
    const Row row = GENERATE(values<Row>({{sms::Status::submitting, "rejected.in_hand"},
                                          {sms::Status::in_doubt, "rejected.in_doubt"},
                                          {sms::Status::sending, "rejected.too_late"},
                                          {sms::Status::sent, "rejected.too_late"},
                                          {sms::Status::delivered, "rejected.too_late"},
                                          {sms::Status::read, "rejected.too_late"},
                                          {sms::Status::undelivered, "rejected.too_late"},
                                          {sms::Status::rejected, "rejected.final"},
                                          {sms::Status::blocked, "rejected.final"},
                                          {sms::Status::failed, "rejected.final"},
                                          {sms::Status::expired, "rejected.final"}}));
    DYNAMIC_SECTION(sms::word(row.status))
    {
        const sms::Message message = house.with_status(row.status);
        CHECK(house.refusal(message) == row.code);
        CHECK(house.stored(message).status == row.status);
    }
}

TEST_CASE("a message that a process is about to submit is that process's", "[cancellation]")
{
    House house;
    const sms::Message message = house.plan(); // leased to this process, which lives
    CHECK(house.refusal(message) == "rejected.in_hand");
    CHECK(house.stored(message).status == sms::Status::planned);
}

TEST_CASE("a batch is canceled, and no process takes rows of it from then on", "[cancellation]")
{
    BatchHouse house;
    const int rows = GENERATE(3, 5003); // over a piece
    sms::Batch batch = house.plan_later(rows);
    const auto canceled = house.cancel(batch);
    CHECK(canceled.here == rows);
    CHECK(canceled.at_provider + canceled.too_late + canceled.in_hand == 0);
    CHECK(batch.state == sms::BatchState::canceled);
    CHECK(store::Batches(house.scope).resolve("spring").state == sms::BatchState::canceled);
    CHECK(house.with_status(batch, sms::Status::canceled) == rows);
    CHECK(house.count("SELECT count(*) FROM outbox") == 0);

    house.clock.step(hours(1));
    CHECK(house.submit(batch) == delivery::Ended::done);
    CHECK(house.far_end.created == 0);
    CHECK(house.cancel(batch).here == 0);
    CHECK(house.count("SELECT count(*) FROM events WHERE kind = 'batch' AND status = 'canceled'") ==
          1);
}

TEST_CASE("rows that the provider holds are canceled there, one by one", "[cancellation]")
{
    BatchHouse house;
    sms::Batch batch = house.plan_later(150, service);
    house.submit(batch);
    REQUIRE(house.with_status(batch, sms::Status::scheduled) == 150);
    SECTION("all in time")
    {
        const auto canceled = house.cancel(batch);
        CHECK(canceled.here == 0);
        CHECK(canceled.at_provider == 150);
        CHECK(house.with_status(batch, sms::Status::canceled) == 150);
    }
    SECTION("some have left")
    {
        for (int i = 1; i <= 7; ++i)
            house.far_end.gone.insert(fmt::format("SM{:032}", i * 20));
        const auto canceled = house.cancel(batch);
        CHECK(canceled.at_provider == 143);
        CHECK(canceled.too_late == 7);
    }
    SECTION("interrupted, and again")
    {
        std::stop_source stop;
        const auto door = house.provider();
        delivery::Cancellation cancellation(
            house.scope, house.clock, [&]() -> providers::Provider& { return *door; });
        const auto some = cancellation.cancel(
            batch,
            [&](const delivery::CanceledBatch& so_far) {
                if (so_far.at_provider == 10)
                    stop.request_stop();
            },
            stop.get_token());
        CHECK(some.at_provider == 10);
        CHECK(house.cancel(batch).at_provider == 140);
    }
    CHECK(house.far_end.created == 150);
}

TEST_CASE("a batch that is being sent is canceled under its sender", "[cancellation]")
{
    BatchHouse house;
    sms::Batch batch = house.plan_later(400, service);
    std::optional<delivery::CanceledBatch> canceled;
    std::once_flag once;
    std::jthread canceling;
    house.far_end.before_create = [&] { // one is on its way when somebody cancels
        std::call_once(once, [&] {
            canceling = std::jthread([&] {
                store::Database other = house.reopen();
                store::Scope elsewhere = other.scope(house.workspace);
                sms::Batch theirs = store::Batches(elsewhere).resolve("spring");
                SystemClock their_clock; // waits for the sender in earnest
                canceled = house.cancel(theirs, elsewhere, their_clock);
            });
            store::Database third = house.reopen();
            store::Scope elsewhere = third.scope(house.workspace);
            while (!store::Batches(elsewhere).is_canceled(batch.row))
                std::this_thread::yield();
        });
    };
    house.submit(batch);
    canceling.join();
    REQUIRE(canceled);
    CHECK(canceled->in_hand == 0);
    CHECK(canceled->at_provider == house.far_end.created);
    CHECK(house.far_end.created < 400);
    CHECK(house.far_end.canceled == house.far_end.created);
    CHECK(house.with_status(batch, sms::Status::canceled) == 400);
    CHECK(house.count("SELECT count(*) FROM outbox") == 0);
}

TEST_CASE("what was not sent of a canceled batch is not planned again", "[cancellation]")
{
    BatchHouse house;
    sms::Batch batch = house.plan_later(3);
    house.clock.step(hours(1));
    test::LoopbackServer busy([&](const auto&) {
        store::Database other = house.reopen();
        store::Scope elsewhere = other.scope(house.workspace);
        sms::Batch theirs = store::Batches(elsewhere).resolve("spring");
        theirs.state = sms::BatchState::canceled;
        store::Batches(elsewhere).update(theirs);
        return refuse(429, 20429);
    });
    std::vector<sms::Status> told;
    const auto door = test::provider(busy.url(""), house.clock);
    delivery::Worker(house.scope, *door, house.clock, {})
        .run({},
             [&](const delivery::Settled& settled) { told.push_back(settled.message.status); },
             {});
    CHECK(house.with_status(batch, sms::Status::canceled) == 3);
    CHECK(house.with_status(batch, sms::Status::planned) == 0);
    CHECK(house.count("SELECT count(*) FROM outbox") == 0);
}

TEST_CASE("a batch with nothing left, or none yet, is not canceled", "[cancellation]")
{
    BatchHouse house;
    SECTION("all has left")
    {
        sms::Batch batch = house.plan(test::ListHouse::numbers(2));
        test::LoopbackServer server(
            [n = 0](const auto&) mutable { return accept(fmt::format("SM{:032}", ++n)); });
        const auto door = test::provider(server.url(""), house.clock);
        delivery::Worker(house.scope, *door, house.clock, {})
            .run({.message_rows = {},
                  .batch_row = batch.row,
                  .first_message_row = batch.first_message_row,
                  .last_message_row = batch.last_message_row},
                 [](const auto&) {},
                 {});
        CHECK(test::error_of([&] { house.cancel(batch); }).code() == "rejected.final");
        CHECK(store::Batches(house.scope).resolve(batch.id).state == sms::BatchState::planned);
    }
    SECTION("a dead process had planned it in part")
    {
        house.plan_and_die(test::ListHouse::keyed(5200));
        sms::Batch batch = store::Batches(house.scope).list(0).front();
        CHECK(test::error_of([&] { house.cancel(batch); }).code() == "rejected.not_planned");
    }
}
