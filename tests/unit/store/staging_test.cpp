#include "store/batches.hpp"
#include "store/opt_outs.hpp"
#include "store/outbox.hpp"
#include "store/staging.hpp"
#include "support/builders.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace smsctl;
using store::Staging;
using test::noon;

namespace {

const std::string other_number = "+15550198";

store::StagedRow row(std::int64_t record, const std::string& to, const std::string& body = "Hi")
{
    store::StagedRow row;
    row.record = record;
    row.to = to;
    row.sender = test::our_number;
    row.body = body;
    row.segments = 1;
    row.encoding = "GSM-7";
    row.content_hash = to + " " + body;
    return row;
}

store::StagedRow keyed(store::StagedRow row, const std::string& key)
{
    row.key = key;
    return row;
}

struct StagedList : test::TestStore {
    void add(const std::vector<store::StagedRow>& rows)
    {
        for (const store::StagedRow& one : rows)
            staging.add(one);
        staging.flush();
    }
    std::vector<std::string> verdicts()
    {
        std::vector<std::string> all;
        staging.each([&](const store::StagedRow& one) {
            all.push_back(one.verdict);
            return true;
        });
        return all;
    }
    std::vector<std::string> senders()
    {
        std::vector<std::string> all;
        staging.each([&](const store::StagedRow& one) {
            all.push_back(one.sender);
            return true;
        });
        return all;
    }
    sms::Batch commit()
    {
        sms::Batch batch;
        batch.id = "bat_1";
        batch.identity = "list:1";
        batch.via = "messages";
        batch.created_at = noon;
        store::Transaction transaction = scope.begin();
        store::Batches(scope).insert(batch);
        staging.commit(batch, 1, staging.totals().rows, "https://example.com/", noon);
        batch.state = sms::BatchState::planned;
        store::Batches(scope).update(batch);
        transaction.commit();
        return batch;
    }
    std::int64_t count(const std::string& sql)
    {
        store::Statement statement = database.connection().prepare(sql);
        REQUIRE(statement.step());
        return statement.integer(0);
    }
    void store_keyed(const std::string& key, const std::string& hash)
    {
        sms::Message message = test::make_message();
        message.key = key;
        message.content_hash = hash;
        test::store_message(scope, message);
    }

    Staging staging{scope, noon};
};

using Words = std::vector<std::string>;

} // namespace

TEST_CASE("staged rows come back in order, as they were", "[staging]")
{
    StagedList list;
    store::StagedRow full = keyed(row(3, "+15550111", "Hi ✓"), "k");
    full.media_urls = {"https://example.com/a.png", "https://example.com/b.png"};
    full.region = "US";
    full.time_zone = "America/New_York";
    full.due_at = noon;
    list.add({row(2, "+15550110"), full});
    std::vector<store::StagedRow> rows;
    list.staging.each([&](const store::StagedRow& one) {
        rows.push_back(one);
        return true;
    });
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].id == 1);
    CHECK(rows[0].record == 2);
    CHECK_FALSE(rows[0].due_at);
    CHECK(rows[0].key.empty());
    CHECK(rows[1].body == full.body);
    CHECK(rows[1].media_urls == full.media_urls);
    CHECK(rows[1].key == "k");
    CHECK(rows[1].time_zone == full.time_zone);
    CHECK(rows[1].due_at == noon);
    int seen = 0;
    list.staging.each([&](const auto&) { return ++seen < 1; });
    CHECK(seen == 1);
}

TEST_CASE("staging touches nothing that others see", "[staging]")
{
    test::TestStore store;
    store::Database other = store.reopen();
    {
        Staging staging(store.scope, noon);
        staging.add(row(2, "+15550110")); // and its transaction is open
        store::Scope elsewhere = other.scope(store.workspace);
        test::store_message(elsewhere, test::make_message());
    }
    Staging again(store.scope, noon);
    CHECK(again.totals().rows == 0);
}

TEST_CASE("a conversation keeps its sender, and others are shared out", "[staging]")
{
    StagedList list;
    sms::Message before = test::make_message();
    before.from = other_number;
    before.to = "+15550110"; // by its digits it would be the first's
    test::store_message(list.scope, before);
    std::vector<store::StagedRow> rows;
    for (int i = 0; i < 6; ++i)
        rows.push_back(row(i + 2, fmt::format("+1555011{}", i)));
    for (store::StagedRow& one : rows)
        one.sender.clear();
    rows.back().sender = "+15550177"; // its own column
    list.add(rows);
    list.staging.choose_senders({test::our_number, other_number});
    CHECK(list.senders() == Words{other_number,
                                  other_number,
                                  test::our_number,
                                  other_number,
                                  test::our_number,
                                  "+15550177"});
}

TEST_CASE("a number does not text itself", "[staging]")
{
    StagedList list;
    list.add({row(2, "+15550110"), row(3, test::our_number)});
    CHECK(list.staging.to_themselves() == std::vector<std::int64_t>{3});
}

TEST_CASE("keys are good for one content, in the list and in the database", "[staging]")
{
    StagedList list;
    list.store_keyed("stored", "+15550112 Hi");
    list.add({keyed(row(2, "+15550110"), "twice"),
              keyed(row(3, "+15550111"), "twice"),
              keyed(row(4, "+15550112"), "stored"),
              keyed(row(5, "+15550113"), "new")});
    CHECK(list.staging.misused_keys() == Words{"twice"});
    list.store_keyed("new", "something else");
    CHECK(list.staging.misused_keys() == Words{"new", "twice"});
    CHECK(list.staging.key_taken(1, 2).empty());
    CHECK(list.staging.key_taken(1, 3) == "stored");
    list.staging.mark_replays();
    CHECK(list.verdicts() == Words{"", "", "replay", "replay"});
    CHECK(list.staging.key_taken(1, 4).empty());
}

TEST_CASE("keys of a plan that is not whole bind nobody", "[staging]")
{
    StagedList list;
    list.store_keyed("k", "something else");
    list.database.connection().execute("UPDATE messages SET batch_id = 1");
    sms::Batch batch;
    batch.id = "bat_2";
    batch.identity = "list:2";
    batch.via = "messages";
    batch.created_at = noon;
    store::Batches(list.scope).insert(batch);
    REQUIRE(batch.row == 1);
    list.add({keyed(row(2, "+15550110"), "k")});
    CHECK(list.staging.misused_keys().empty());
    list.staging.mark_replays();
    CHECK(list.verdicts() == Words{""});
    CHECK(list.staging.key_taken(1, 1) == "k"); // until it is taken away
}

TEST_CASE("the same row twice is sent once, and opted out is not sent at all", "[staging]")
{
    StagedList list;
    store::OptOuts(list.scope).add("+15550111", "", "told us", noon);
    store::OptOuts(list.scope).add("+15550112", test::our_number, "STOP", noon);
    store::OptOuts(list.scope).add("+15550113", other_number, "STOP", noon);
    list.add({row(2, "+15550110"),
              row(3, "+15550110"),
              row(4, "+15550110", "Other"),
              row(5, "+15550111"),
              row(6, "+15550112"),
              row(7, "+15550113"),
              keyed(row(8, "+15550110"), "a"),
              keyed(row(9, "+15550110"), "a")});
    list.staging.mark_duplicates();
    list.staging.mark_opted_out();
    CHECK(list.verdicts() == Words{"",
                                   "blocked.duplicate",
                                   "",
                                   "blocked.opt_out",
                                   "blocked.opt_out",
                                   "",
                                   "",
                                   "blocked.duplicate"});
    const store::StagedTotals totals = list.staging.totals();
    CHECK(totals.rows == 8);
    CHECK(totals.sendable == 4);
    CHECK(totals.segments == 4);
    CHECK(totals.recipients == 2);
    CHECK(totals.repeated_recipients == 2);
    CHECK(totals.duplicates == 2);
    CHECK(totals.opted_out == 2);
}

TEST_CASE("a place's rows are held back or left out together", "[staging]")
{
    StagedList list;
    store::StagedRow east = row(2, "+15550110");
    east.time_zone = "America/New_York";
    store::StagedRow late = row(4, "+15550112");
    late.due_at = noon + std::chrono::hours(9);
    list.add({east, row(3, "+15550111"), late});
    REQUIRE(list.staging.places().size() == 3);
    list.staging.mark_quiet({"", "America/New_York", {}}, "quiet there");
    list.staging.defer({"", "", {}}, noon + std::chrono::hours(1));
    CHECK(list.verdicts() == Words{"blocked.quiet_hours", "", ""});
    std::vector<std::optional<Instant>> due;
    list.staging.each([&](const store::StagedRow& one) {
        due.push_back(one.due_at);
        return true;
    });
    CHECK_FALSE(due[0]);
    CHECK(due[1] == noon + std::chrono::hours(1));
    CHECK(due[2] == noon + std::chrono::hours(9));
    CHECK(list.staging.totals().quiet == 1);
}

TEST_CASE("the hash of a list goes by recipients, texts and keys, not by times", "[staging]")
{
    const auto hash_of = [](std::vector<store::StagedRow> rows) {
        StagedList list;
        list.add(rows);
        return list.staging.content_hash();
    };
    const auto first = row(2, "+15550110");
    const auto second = row(3, "+15550111");
    store::StagedRow later = second;
    later.due_at = noon;
    const std::string hash = hash_of({first, second});
    CHECK(hash_of({first, second}) == hash);
    CHECK(hash_of({first, later}) == hash);
    CHECK(hash_of({first}) != hash);
    CHECK(hash_of({first, row(3, "+15550111", "Other")}) != hash);
    CHECK(hash_of({first, keyed(second, "k")}) != hash);
}

TEST_CASE("a committed list is messages, contacts, conversations and outbox entries", "[staging]")
{
    StagedList list;
    const sms::Message before = [&] {
        sms::Message message = test::make_message();
        message.to = "+15550110";
        return test::store_message(list.scope, message);
    }();
    list.store_keyed("old", "+15550114 Hi");
    store::StagedRow with_media = row(3, "+15550111");
    with_media.media_urls = {"https://example.com/a.png"};
    store::StagedRow later = keyed(row(4, "+15550112"), "k");
    later.due_at = noon + std::chrono::hours(1);
    list.add({row(2, "+15550110"),
              with_media,
              later,
              row(5, "+15550110"),
              keyed(row(6, "+15550114"), "old")});
    list.staging.mark_replays();
    list.staging.mark_duplicates();
    const sms::Batch batch = list.commit();

    CHECK(list.count("SELECT count(*) FROM messages WHERE batch_id IS NOT NULL") == 4);
    CHECK(batch.last_message_row - batch.first_message_row == 3);
    store::Messages messages(list.scope);
    const auto first = messages.by_row(batch.first_message_row).value();
    CHECK(first.to == "+15550110");
    CHECK(first.from == test::our_number);
    CHECK(first.status == sms::Status::planned);
    CHECK(first.batch_id == batch.id);
    CHECK(first.batch_record == 2);
    CHECK(first.conversation_row == before.conversation_row);
    const auto media = messages.by_row(batch.first_message_row + 1).value().media;
    REQUIRE(media.size() == 1);
    CHECK(media.front().url == "https://example.com/a.png");
    CHECK(messages.by_key("k")->scheduled_at == later.due_at);
    const auto twice = messages.by_row(batch.last_message_row).value();
    CHECK(twice.status == sms::Status::blocked);
    CHECK(twice.failure->code == "blocked.duplicate");

    store::Outbox outbox(list.scope);
    CHECK(list.count("SELECT count(*) FROM outbox") == 3);
    CHECK(outbox.find(first.row)->status_callback == "https://example.com/");
    CHECK(outbox.find(first.row)->due_at == noon);
    CHECK_FALSE(outbox.find(first.row)->is_scheduled);
    CHECK(outbox.find(messages.by_key("k")->row)->due_at == later.due_at);
    CHECK(outbox.find(messages.by_key("k")->row)->is_scheduled);
    CHECK(list.count("SELECT message_count FROM conversations WHERE id = " +
                     std::to_string(first.conversation_row)) == 3);
    CHECK(list.count("SELECT last_message_id FROM conversations WHERE id = " +
                     std::to_string(first.conversation_row)) == twice.row);
    CHECK(list.staging.difference_from(batch).removed == 0);
}

TEST_CASE("a Messaging Service is sent from as such, and holds what is far enough ahead",
          "[staging]")
{
    StagedList list;
    const std::string service = "MG" + std::string(32, 'a');
    const auto at = [&service](std::int64_t record, Millis ahead) {
        store::StagedRow one = row(record, fmt::format("+1555011{}", record));
        one.sender = service;
        one.due_at = noon + ahead;
        return one;
    };
    list.add({at(2, std::chrono::minutes(14)), at(3, std::chrono::minutes(16))});
    const sms::Batch batch = list.commit();
    store::Outbox outbox(list.scope);
    const auto soon = outbox.find(batch.first_message_row).value();
    const auto far = outbox.find(batch.last_message_row).value();
    CHECK(soon.sender == service);
    CHECK(soon.due_at == noon + std::chrono::minutes(14));
    CHECK_FALSE(soon.send_at);
    CHECK(far.due_at == noon);
    CHECK(far.send_at == noon + std::chrono::minutes(16));
    const auto message = store::Messages(list.scope).by_row(batch.first_message_row).value();
    CHECK(message.from.empty());
    CHECK(message.messaging_service_id == service);
}
