#include "store/batches.hpp"
#include "store/forwards.hpp"
#include "store/opt_outs.hpp"
#include "support/errors.hpp"
#include "unit/updates/removal_world.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using namespace smsctl::test::removal_world;
using std::chrono::hours;
using test::error_of;
using test::noon;

TEST_CASE("only what is final may be redacted or removed, and the reason is told", "[removal]")
{
    const auto status = GENERATE(sms::Status::planned,
                                 sms::Status::scheduled,
                                 sms::Status::submitting,
                                 sms::Status::in_doubt,
                                 sms::Status::accepted,
                                 sms::Status::queued,
                                 sms::Status::sending,
                                 sms::Status::sent);
    DYNAMIC_SECTION(sms::word(status))
    {
        World world;
        const auto message = world.sent("SM1", [&](auto& made) { made.status = status; });
        for (const auto& act : std::vector<std::function<void()>>{
                 [&] { world.here().redact(message); },
                 [&] { world.there().redact(message); },
                 [&] { world.here().remove({message}, ", test"); },
                 [&] { world.there().remove({message}, ", test"); }}) {
            const Error error = error_of(act);
            CHECK(error.exit() == Exit::blocked);
            CHECK(error.code() == "blocked.in_use");
            CHECK_FALSE(error.hint().empty());
        }
        CHECK(world.far_end.asked.empty());
        CHECK(world.messages().by_id(message.id)->body == message.body);
        CHECK(world.here().remove_older(noon + hours(1), {}, {}).removed == 0);
    }
}

TEST_CASE("counters follow what is removed", "[removal]")
{
    World world;
    std::vector<sms::Message> messages;
    for (int i = 1; i <= 4; ++i) {
        messages.push_back(world.received("SM" + std::to_string(i), "text"));
        world.clock.step(Millis(1));
    }
    world.store.database.connection().execute("UPDATE conversations SET unread_count = 2");
    world.here().remove({messages[0], messages[3]}, ", test"); // one read, one not
    auto conversation = world.conversation();
    CHECK(conversation.message_count == 2);
    CHECK(conversation.unread_count == 1);
    CHECK(conversation.last_message_at == messages[2].created_at);
    CHECK(conversation.last_message_body == "text");
    world.here().remove({messages[1], messages[2]}, ", test");
    conversation = world.conversation();
    CHECK(conversation.message_count == 0);
    CHECK(conversation.unread_count == 0);
    CHECK_FALSE(conversation.last_message_at);
}

TEST_CASE("an opt-out outlives the text that asked for it, with its evidence", "[removal]")
{
    World world;
    const auto stop = world.received("SM1", "STOP", sms::Keyword::stop);
    world.here().remove({stop}, ", test");
    CHECK(store::OptOuts(world.scope()).find(test::their_number, test::our_number));
    CHECK(world.number("SELECT count(*) FROM events WHERE kind = 'opt_out' AND payload <> ''") ==
          1);
}

TEST_CASE("the sums of a batch stay what they were", "[removal]")
{
    World world;
    sms::Batch batch;
    batch.id = "bat_1";
    batch.identity = "spring";
    batch.state = sms::BatchState::planned;
    batch.created_at = noon;
    store::Batches(world.scope()).insert(batch);
    std::vector<sms::Message> messages;
    for (int i = 1; i <= 3; ++i)
        messages.push_back(world.sent("SM" + std::to_string(i)));
    world.store.database.connection().execute(
        "UPDATE messages SET batch_id = 1; UPDATE messages SET status = 'failed' WHERE id = 3");
    batch.first_message_row = 1;
    batch.last_message_row = 3;
    const auto before = store::Batches(world.scope()).status_counts(batch);
    world.here().remove({messages[0]}, ", test");
    world.here().remove({messages[1], messages[2]}, ", test");
    CHECK(store::Batches(world.scope()).status_counts(batch) == before);
    CHECK(before.at(sms::Status::delivered) == 2);
}

TEST_CASE("what still has to reach an application stays", "[removal]")
{
    World world;
    const auto message = world.received("SM1", "text");
    store::PendingForward pending;
    pending.event_seq = message.seq;
    pending.forward.url = "http://127.0.0.1:1/";
    pending.forward.next_try_at = noon;
    store::Forwards(world.scope()).add(pending, "nobody", noon);
    CHECK(error_of([&] { world.here().redact(message); }).code() == "blocked.in_use");
    CHECK(error_of([&] { world.here().remove({message}, "x"); }).code() == "blocked.in_use");
    CHECK(world.here().remove_older(noon + hours(2), {}, {}).removed == 0);
    CHECK(store::Removals(world.scope()).count_older(noon + hours(2)) == 0);
}

TEST_CASE("what counts towards today's cap is not removed before tomorrow", "[removal]")
{
    World world;
    const auto message = world.sent("SM1");
    world.store.workspace.settings["daily-cap"] = "1.00";
    store::Scope scope = world.store.database.scope(world.store.workspace);
    updates::Removal removal(scope, world.clock, nullptr);
    CHECK(error_of([&] { removal.remove({message}, "x"); }).code() == "blocked.in_use");
    world.clock.step(hours(24));
    removal.remove({message}, "x");
    CHECK(world.messages().count({}) == 0);
}

TEST_CASE("old messages go in pieces, the oldest first, and until stopped", "[removal]")
{
    World world;
    {
        store::Transaction transaction = world.scope().begin();
        for (int i = 0; i < 450; ++i)
            world.sent("SM" + std::to_string(i), [&](auto& made) {
                made.created_at = noon + Millis(i / 100);
                if (i % 10 == 0)
                    made.status = sms::Status::queued;
            });
        transaction.commit();
    }
    const auto fresh = world.sent("SM9999", [](auto& made) { made.created_at = noon + hours(1); });
    std::int64_t last = 0;
    std::stop_source stop;
    const auto cut = world.here().remove_older(
        noon + hours(1),
        [&](const sms::Message& message) {
            CHECK(message.row > last);
            last = message.row;
            stop.request_stop();
        },
        stop.get_token());
    CHECK(cut.was_stopped);
    CHECK(cut.removed == 200);
    CHECK(world.messages().count({}) == 251);
    const auto rest = world.here().remove_older(noon + hours(1), {}, {});
    CHECK_FALSE(rest.was_stopped);
    CHECK(rest.removed == 205);
    CHECK(world.messages().count({}) == 46);
    CHECK(world.messages().by_id(fresh.id));
    CHECK(world.conversation().message_count == 46);
}

TEST_CASE("a workspace keeps messages as long as its retention says", "[removal]")
{
    Workspace workspace;
    CHECK_FALSE(updates::retention_cutoff(workspace, noon));
    workspace.settings["retention"] = "2d";
    CHECK(updates::retention_cutoff(workspace, noon) == noon - hours(48));
}
