#include "store/batches.hpp"
#include "store/event_log.hpp"
#include "store/outbox.hpp"
#include "support/builders.hpp"
#include "support/errors.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace smsctl;
using test::error_of;
using test::noon;

namespace {

struct BatchStore : test::TestStore {
    sms::Batch insert(const std::string& name, sms::BatchState state = sms::BatchState::planned)
    {
        sms::Batch batch;
        batch.id = "bat_01jz0000000000000000000" + name;
        batch.name = name;
        batch.identity = "name:" + name;
        batch.content_hash = "hash";
        batch.source = "list.csv";
        batch.senders = {test::our_number};
        batch.via = "messages";
        batch.state = state;
        batch.planner = store::this_process();
        batch.created_at = noon;
        batches.insert(batch);
        return batch;
    }

    /// A message of `batch` with its outbox entry, unless it has left.
    sms::Message add(sms::Batch& batch,
                     sms::Status status,
                     const std::string& to = test::their_number,
                     const std::string& failure = "")
    {
        sms::Message message = test::make_message();
        message.to = to;
        message.status = status;
        if (!failure.empty())
            message.failure = sms::Failure{failure, "why"};
        message = test::store_message(scope, message);
        database.connection().execute(
            fmt::format("UPDATE messages SET batch_id = {} WHERE id = {}", batch.row, message.row));
        if (status == sms::Status::planned)
            outbox.add({.message_row = message.row, .sender = test::our_number, .due_at = noon});
        if (batch.first_message_row == 0)
            batch.first_message_row = message.row;
        batch.last_message_row = message.row;
        batches.update(batch);
        return message;
    }

    sms::Status status(const sms::Message& message)
    {
        return store::Messages(scope).by_row(message.row).value().status;
    }

    store::Batches batches{scope};
    store::Outbox outbox{scope};
};

} // namespace

TEST_CASE("a batch comes back as it was stored, by identity, id, name or prefix", "[batches]")
{
    BatchStore store;
    sms::Batch batch = store.insert("spring");
    batch.senders = {"+15550199", "+15550198"};
    batch.on_block = sms::OnBlock::defer;
    batch.segments = 7;
    batch.row_count = 5;
    batch.estimated_price_micros = 70'000;
    batch.currency = "USD";
    batch.state = sms::BatchState::canceled;
    store.batches.update(batch);
    store.insert("autumn");

    const auto found = store.batches.by_identity("name:spring");
    REQUIRE(found);
    CHECK(found->id == batch.id);
    CHECK(found->state == sms::BatchState::canceled);
    CHECK(found->segments == 7);
    CHECK(found->row_count == 5);
    CHECK(found->estimated_price_micros == 70'000);
    CHECK(found->created_at == noon);
    CHECK_FALSE(found->scheduled_at);
    CHECK_FALSE(store.batches.by_identity("name:winter"));
    CHECK(store.batches.resolve("spring").row == batch.row);
    CHECK(store.batches.resolve(batch.id).row == batch.row);
    CHECK(error_of([&] { store.batches.resolve("bat_01jz"); }).code() == "usage.ambiguous");
    CHECK(error_of([&] { store.batches.resolve("winter"); }).code() == "not_found.batch");
    REQUIRE(store.batches.list(0).size() == 2);
    CHECK(store.batches.list(1).front().name == "autumn");
    CHECK(store.batches.count() == 2);
}

TEST_CASE("a batch is not written over another that has its row by now", "[batches]")
{
    BatchStore store;
    sms::Batch dead = store.insert("dead", sms::BatchState::planning);
    store::Batches(store.scope).discard(dead, 10);
    sms::Batch next = store.insert("next", sms::BatchState::planning);
    REQUIRE(next.row == dead.row);
    store.add(next, sms::Status::planned);
    CHECK(error_of([&] { store.batches.update(dead); }).exit() == Exit::not_found);
    CHECK_FALSE(store.batches.discard(dead, 10));
    CHECK(store.batches.resolve("next").last_message_row == next.last_message_row);
    CHECK(store.batches.unsent(next).count == 1);
}

TEST_CASE("another workspace's batches are not seen", "[batches]")
{
    BatchStore store;
    const sms::Batch batch = store.insert("spring");
    const Workspace other = store.add_workspace("other");
    store::Scope its = store.database.scope(other);
    store::Batches batches(its);
    CHECK(batches.list(0).empty());
    CHECK_FALSE(batches.by_identity(batch.identity));
    CHECK(error_of([&] { batches.resolve("spring"); }).code() == "not_found.batch");
    CHECK(batches.unsent(batch).count == 0);
    CHECK(batches.planning().empty());
}

TEST_CASE("what is not sent of a batch is counted, and what waits for its time", "[batches]")
{
    BatchStore store;
    sms::Batch batch = store.insert("spring");
    store.add(batch, sms::Status::planned);
    const sms::Message later = store.add(batch, sms::Status::planned);
    store.add(batch, sms::Status::queued);
    store.add(batch, sms::Status::in_doubt);
    sms::Batch other = store.insert("autumn");
    store.add(other, sms::Status::planned);
    store.outbox.defer(later.row, noon + std::chrono::hours(2));

    CHECK(store.batches.unsent(batch).count == 2);
    CHECK(store.batches.unsent(batch).segments == 2);
    CHECK(store.batches.unsent(batch, 1).count == 0); // their seq is 0
    const auto waiting = store.batches.waiting_for_later(batch, noon);
    CHECK(waiting.count == 1);
    CHECK(waiting.first_due_at == noon + std::chrono::hours(2));
    CHECK(store.batches.waiting_for_later(batch, noon + std::chrono::hours(2)).count == 0);
    const auto counts = store.batches.status_counts(batch);
    CHECK(counts.at(sms::Status::planned) == 2);
    CHECK(counts.at(sms::Status::queued) == 1);
    CHECK(counts.at(sms::Status::in_doubt) == 1);
    CHECK(counts.size() == 3);
}

TEST_CASE("an unfinished plan is taken away piece by piece, a whole one never", "[batches]")
{
    BatchStore store;
    const sms::Message before = test::store_message(store.scope, test::make_message());
    const auto state = GENERATE(sms::BatchState::planning, sms::BatchState::planned);
    sms::Batch batch = store.insert("spring", state);
    for (int i = 0; i < 3; ++i)
        store.add(batch, sms::Status::planned);
    store.add(batch, sms::Status::blocked, "+15550111"); // a conversation of its own
    const auto count = [&store](const char* sql) {
        store::Statement statement = store.database.connection().prepare(sql);
        statement.step();
        return statement.integer(0);
    };
    if (state == sms::BatchState::planned) {
        CHECK(store.batches.planning().empty());
        CHECK_FALSE(store.batches.discard(batch, 3));
        CHECK(count("SELECT count(*) FROM messages") == 5);
        return;
    }
    REQUIRE(store.batches.planning().size() == 1);
    CHECK(store.batches.discard(batch, 3));
    CHECK(count("SELECT count(*) FROM messages") == 2);
    CHECK(count("SELECT count(*) FROM batches") == 1);
    CHECK_FALSE(store.batches.discard(batch, 3));
    CHECK(count("SELECT count(*) FROM messages") == 1);
    CHECK(count("SELECT count(*) FROM outbox") == 0);
    CHECK(count("SELECT count(*) FROM batches") == 0);
    CHECK(count("SELECT count(*) FROM conversations") == 1);
    CHECK(count("SELECT message_count FROM conversations") == 1);
    CHECK(count("SELECT last_message_id FROM conversations") == before.row);
    CHECK_FALSE(store.batches.discard(batch, 3));
}

TEST_CASE("rows are planned again by their status, but never a duplicate", "[batches]")
{
    BatchStore store;
    sms::Batch batch = store.insert("spring");
    const auto quiet =
        store.add(batch, sms::Status::blocked, test::their_number, "blocked.quiet_hours");
    const auto twice =
        store.add(batch, sms::Status::blocked, test::their_number, "blocked.duplicate");
    const auto refused = store.add(batch, sms::Status::rejected, test::their_number, "21211");
    const auto gone = store.add(batch, sms::Status::delivered);
    sms::Batch other = store.insert("autumn");
    const auto others =
        store.add(other, sms::Status::blocked, test::their_number, "blocked.quiet_hours");
    batch.seq = 77;
    CHECK(store.batches.plan_again(batch, sms::Status::blocked, "https://example.com/", noon) == 1);
    CHECK(store.status(quiet) == sms::Status::planned);
    CHECK(store::Messages(store.scope).by_row(quiet.row)->seq == 77);
    CHECK_FALSE(store::Messages(store.scope).by_row(quiet.row)->failure);
    CHECK(store.status(twice) == sms::Status::blocked);
    CHECK(store.status(refused) == sms::Status::rejected);
    CHECK(store.status(gone) == sms::Status::delivered);
    CHECK(store.status(others) == sms::Status::blocked);
    const auto entry = store.outbox.find(quiet.row);
    REQUIRE(entry);
    CHECK(entry->sender == test::our_number);
    CHECK(entry->status_callback == "https://example.com/");
    CHECK_FALSE(store.outbox.find(twice.row));
    CHECK(store.batches.unsent(batch, 77).count == 1);
}
