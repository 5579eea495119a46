#include "delivery/claims.hpp"
#include "store/event_log.hpp"
#include "unit/delivery/list_house.hpp"
#include "updates/apply.hpp"

using namespace smsctl;
using delivery::Claims;
using test::first_sender;
using test::ListHouse;
using test::second_sender;

namespace {

using Numbers = std::vector<std::string>;

struct ClaimHouse : ListHouse {
    Claims claims(const sms::Batch& batch, std::optional<double> mps = {}, std::int64_t since = 0)
    {
        return {scope,
                clock,
                {.message_rows = {},
                 .batch_row = batch.row,
                 .first_message_row = batch.first_message_row,
                 .last_message_row = batch.last_message_row,
                 .since_seq = since},
                mps,
                0};
    }
    Claims::Taken take(Claims& claims, std::size_t most)
    {
        store::Transaction transaction = scope.begin();
        Claims::Taken taken = claims.take(most);
        transaction.commit();
        return taken;
    }
    sms::Status status(const sms::Message& message)
    {
        return store::Messages(scope).by_row(message.row).value().status;
    }
    static sms::Batch both(ListHouse& house, int count)
    {
        auto options = saying();
        options.senders = {first_sender, second_sender};
        return house.plan(numbers(count), options);
    }
};

Numbers recipients(const Claims::Taken& taken)
{
    Numbers all;
    for (const delivery::Claim& claim : taken.claims)
        all.push_back(claim.message.to);
    return all;
}

int of(const Claims::Taken& taken, const std::string& sender)
{
    return static_cast<int>(
        std::count_if(taken.claims.begin(), taken.claims.end(), [&](const auto& claim) {
            return claim.entry.sender == sender;
        }));
}

} // namespace

TEST_CASE("a batch is taken in its order, each message once, until nothing is left", "[claims]")
{
    ClaimHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(5));
    house.plan(ListHouse::numbers(5, 100)); // another's
    Claims claims = house.claims(batch);
    const auto first = house.take(claims, 3);
    CHECK(recipients(first) == Numbers{"+14155552000", "+14155552001", "+14155552002"});
    for (const delivery::Claim& claim : first.claims) {
        CHECK(house.status(claim.message) == sms::Status::submitting);
        CHECK(claim.start_at == house.clock.now());
        CHECK(claim.message.attempts == 1);
    }
    CHECK_FALSE(claims.is_done());
    CHECK(recipients(house.take(claims, 9)) == Numbers{"+14155552003", "+14155552004"});
    house.take(claims, 9);
    CHECK(claims.is_done());
}

TEST_CASE("what another has in hand is left to it", "[claims]")
{
    ClaimHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(4));
    store::Database elsewhere = house.reopen();
    store::Scope its = elsewhere.scope(house.workspace);
    const std::int64_t first = batch.first_message_row;
    REQUIRE(store::Outbox(its).claim(
                first, first, "another", house.clock.now() + std::chrono::minutes(5)) == 1);
    Claims claims = house.claims(batch);
    CHECK(recipients(house.take(claims, 9)) ==
          Numbers{"+14155552001", "+14155552002", "+14155552003"});
    store::Outbox(its).release(first);
    CHECK(recipients(house.take(claims, 9)) == Numbers{"+14155552000"}); // given back meanwhile
    house.take(claims, 9);
    CHECK(claims.is_done());
}

TEST_CASE("nothing of a plan that is not whole is taken", "[claims]")
{
    ClaimHouse house;
    const std::string list = ListHouse::keyed(5200);
    house.plan_and_die(list);
    Claims claims = house.claims(store::Batches(house.scope).list(0).front());
    CHECK(house.take(claims, 9).claims.empty());
    CHECK(claims.is_done());
}

TEST_CASE("senders have equal shares, and one that is done leaves its own to the other", "[claims]")
{
    ClaimHouse house;
    const sms::Batch batch = ClaimHouse::both(house, 20);
    Claims claims = house.claims(batch);
    const auto first = house.take(claims, 8);
    CHECK(of(first, first_sender) == 4);
    CHECK(of(first, second_sender) == 4);
    claims.pause(first_sender, house.clock.now() + std::chrono::hours(1));
    const auto rest = house.take(claims, 30);
    CHECK(of(rest, first_sender) == 0);
    CHECK(of(rest, second_sender) == 6);
}

TEST_CASE("a sender's rate counts segments, and claims go but little ahead of it", "[claims]")
{
    ClaimHouse house;
    const std::string three_segments(400, 'x');
    const sms::Batch batch = house.plan(ListHouse::numbers(9), ListHouse::saying(three_segments));
    Claims claims = house.claims(batch, 10); // 0.3 s a message
    const auto first = house.take(claims, 9);
    REQUIRE(first.claims.size() == 1);
    CHECK(house.take(claims, 9).claims.empty());
    REQUIRE(claims.next_turn());
    CHECK(*claims.next_turn() > house.clock.now());
    house.clock.step(*claims.next_turn() - house.clock.now());
    const auto second = house.take(claims, 9);
    REQUIRE(second.claims.size() == 1);
    CHECK(second.claims.front().start_at == first.claims.front().start_at + Millis(300));
}

TEST_CASE("a full queue is tried with one message at a time, and given up in the end", "[claims]")
{
    ClaimHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(20));
    Claims claims = house.claims(batch);
    const auto refuse = [&](const Claims::Taken& taken) {
        const Instant until = house.clock.now() + std::chrono::seconds(1);
        store::Transaction transaction = house.scope.begin();
        for (const delivery::Claim& claim : taken.claims) {
            delivery::Recorder(house.scope, house.clock).put_back(claim.message);
            claims.pause(claim.entry.sender, until);
            claims.look_again(claim.message);
        }
        transaction.commit();
        CHECK(house.take(claims, 9).claims.empty());
        house.clock.step(std::chrono::seconds(1));
    };
    auto taken = house.take(claims, 8);
    REQUIRE(taken.claims.size() == 8);
    refuse(taken); // all that had left: one refusal
    for (int probe = 0; probe < 2; ++probe) {
        taken = house.take(claims, 9);
        REQUIRE(recipients(taken) == Numbers{"+14155552000"});
        CHECK(house.take(claims, 9).claims.empty()); // until it is answered
        CHECK_FALSE(claims.next_turn());
        refuse(taken);
        CHECK_FALSE(claims.is_done());
    }
    SECTION("it stays full")
    {
        refuse(house.take(claims, 9));
        CHECK(claims.is_done());
        CHECK(house.take(claims, 9).claims.empty());
    }
    SECTION("it has room again")
    {
        REQUIRE(house.take(claims, 9).claims.size() == 1);
        claims.answered(first_sender);
        CHECK(house.take(claims, 9).claims.size() == 9);
    }
}

TEST_CASE("what policy refuses by now is not sent: opt-outs are blocked, quiet hours waited for",
          "[claims]")
{
    ClaimHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(3));
    store::OptOuts(house.scope).add("+14155552001", first_sender, "STOP", house.clock.now());
    SECTION("an opt-out")
    {
        Claims claims = house.claims(batch);
        const auto taken = house.take(claims, 9);
        CHECK(recipients(taken) == Numbers{"+14155552000", "+14155552002"});
        REQUIRE(taken.settled.size() == 1);
        CHECK(taken.settled.front().message.to == "+14155552001");
        CHECK(house.status(taken.settled.front().message) == sms::Status::blocked);
        CHECK_FALSE(store::Outbox(house.scope).find(taken.settled.front().message.row));
    }
    SECTION("quiet hours")
    {
        house.set("quiet-hours", "00:00-12:00");
        Claims claims = house.claims(batch);
        CHECK(house.take(claims, 9).claims.empty());
        CHECK(house.take(claims, 9).claims.empty());
        CHECK(claims.is_done());
        const auto later = store::Batches(house.scope).waiting_for_later(batch, house.clock.now());
        CHECK(later.count == 2);
        REQUIRE(later.first_due_at);
        CHECK(*later.first_due_at > house.clock.now());
    }
}

TEST_CASE("a message that is given up is not taken again, and one given back is", "[claims]")
{
    ClaimHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(2));
    Claims claims = house.claims(batch);
    const auto taken = house.take(claims, 9);
    REQUIRE(taken.claims.size() == 2);
    for (const delivery::Claim& claim : taken.claims)
        delivery::Recorder(house.scope, house.clock).put_back(claim.message);
    claims.give_up(taken.claims[0].message);
    claims.look_again(taken.claims[1].message);
    CHECK(recipients(house.take(claims, 9)) == Numbers{"+14155552001"});
    house.take(claims, 9);
    CHECK(claims.is_done());
}

TEST_CASE("only what changed with an event or later is taken when that is asked for", "[claims]")
{
    ClaimHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(3));
    sms::Message changed = store::Messages(house.scope).by_row(batch.first_message_row + 1).value();
    sms::Event event = updates::submit_event(changed);
    event.created_at = house.clock.now();
    changed.seq = store::EventLog(house.scope).append(event);
    store::Messages(house.scope).update(changed);
    Claims claims = house.claims(batch, {}, changed.seq);
    CHECK(recipients(house.take(claims, 9)) == Numbers{"+14155552001"});
    house.take(claims, 9);
    CHECK(claims.is_done());
}
