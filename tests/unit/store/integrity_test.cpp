#include "store/integrity.hpp"
#include "store/message_search.hpp"
#include "store/messages.hpp"
#include "support/builders.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>

using namespace smsctl;
using store::Finding;
using test::TestStore;

namespace {

void fill(TestStore& store)
{
    test::store_message(store.scope, test::make_message("one"));
    sms::Message inbound = test::make_message("two");
    inbound.direction = sms::Direction::inbound;
    inbound.status = sms::Status::received;
    std::swap(inbound.from, inbound.to);
    test::store_message(store.scope, inbound);
    store::MessageSearch(store.scope).catch_up([](auto, auto) { return true; });
}

std::string conversation(TestStore& store)
{
    return store::Conversations(store.scope).list(false, 0).at(0).id;
}

} // namespace

TEST_CASE("a whole database has no findings, indexed or not", "[integrity]")
{
    TestStore store;
    CHECK(store::Integrity(store.database).check().empty());
    fill(store);
    CHECK(store::Integrity(store.database).check().empty());
    store::Integrity(store.database).repair();
    CHECK(store::Integrity(store.database).check().empty());
}

TEST_CASE("what is wrong in a database is named, and mended where that is safe", "[integrity]")
{
    struct Row {
        std::string name;
        std::string harm;
        Finding::Kind kind;
        std::string text;
        bool can_be_repaired;
    };
    const auto row = GENERATE(values<Row>({
        {"a missing index",
         "DROP INDEX messages_recent",
         Finding::Kind::schema,
         "the index messages_recent is missing",
         true},
        {"another index of the same name",
         "DROP INDEX messages_recent; CREATE INDEX messages_recent ON messages (status)",
         Finding::Kind::schema,
         "the index messages_recent is not as the migrations made it",
         true},
        {"a missing table",
         "DROP TABLE cursors",
         Finding::Kind::schema,
         "the table cursors is missing",
         false},
        {"a column more",
         "ALTER TABLE contacts ADD COLUMN age INTEGER",
         Finding::Kind::schema,
         "the table contacts is not as the migrations made it",
         false},
        {"a trigger",
         "CREATE TRIGGER spy AFTER INSERT ON messages BEGIN SELECT 1; END",
         Finding::Kind::schema,
         "the trigger spy is none of smsctl's",
         false},
        {"a wrong message count",
         "UPDATE conversations SET message_count = 7",
         Finding::Kind::counter,
         "message_count of CONV is 7, and it has 2",
         true},
        {"a wrong unread count",
         "UPDATE conversations SET unread_count = 2",
         Finding::Kind::counter,
         "unread_count of CONV is 2, and 1 came in",
         true},
        {"a negative unread count",
         "UPDATE conversations SET unread_count = -1",
         Finding::Kind::counter,
         "unread_count of CONV is -1, and 1 came in",
         true},
        {"a wrong last message",
         "UPDATE conversations SET last_message_at = 5",
         Finding::Kind::counter,
         "last message of CONV is not its newest",
         true},
        {"a message thought open",
         "UPDATE messages SET is_open = 1 WHERE status = 'received'",
         Finding::Kind::counter,
         "is 1, and it is received",
         true},
        {"an orphan row",
         "PRAGMA foreign_keys = OFF; DELETE FROM contacts",
         Finding::Kind::damage,
         "row 1 of conversations refers to a row of contacts that is not there",
         false},
        {"a row of another workspace",
         "PRAGMA foreign_keys = OFF; UPDATE messages SET workspace_id = 2 WHERE id = 1; INSERT "
         "INTO workspaces (id, public_id, name, provider, account_id, api_key_id, ambient, "
         "is_default, settings, created_at) VALUES (2, 'ws_2', 'other', 'sim', '', '', 0, 0, '{}', "
         "0)",
         Finding::Kind::damage,
         "and its conversation are of different workspaces",
         false},
        {"a batch that is not there",
         "UPDATE messages SET batch_id = 99 WHERE id = 1",
         Finding::Kind::damage,
         "is of a batch that is not there",
         false},
        {"a broken search index",
         "DELETE FROM message_texts_data WHERE id > 10",
         Finding::Kind::index,
         "the index of message search is broken",
         true},
    }));
    DYNAMIC_SECTION(row.name)
    {
        TestStore store;
        fill(store);
        std::string expected = row.text;
        if (const auto at = expected.find("CONV"); at != std::string::npos)
            expected.replace(at, 4, conversation(store));
        store.database.connection().execute(row.harm);
        store::Database again = store.reopen(); // what was prepared does not count
        const auto findings = store::Integrity(again).check();
        REQUIRE_FALSE(findings.empty());
        const auto found = std::find_if(findings.begin(), findings.end(), [&](const auto& finding) {
            return finding.text.find(expected) != std::string::npos;
        });
        INFO(findings.front().text);
        REQUIRE(found != findings.end());
        CHECK(found->kind == row.kind);
        CHECK(found->can_be_repaired == row.can_be_repaired);
        if (row.can_be_repaired) {
            store::Integrity(again).repair();
            CHECK(store::Integrity(again).check().empty());
        }
    }
}

TEST_CASE("an index that does not fit its table is found and rebuilt", "[integrity]")
{
    TestStore store;
    fill(store);
    store.database.connection().execute(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX opt_outs_recent "
        "ON opt_outs (workspace_id, id)' WHERE name = 'opt_outs_recent'");
    store::Database changed = store.reopen();
    changed.connection().execute(
        "INSERT INTO opt_outs (public_id, workspace_id, address, our_address, reason, created_at) "
        "VALUES ('opt_1', 1, '+1', '', '', 5)");
    changed.connection().execute(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX opt_outs_recent "
        "ON opt_outs (workspace_id, created_at)' WHERE name = 'opt_outs_recent'");
    store::Database again = store.reopen();
    const auto findings = store::Integrity(again).check();
    REQUIRE_FALSE(findings.empty());
    CHECK(findings.front().kind == Finding::Kind::index);
    CHECK(findings.front().text.find("opt_outs_recent") != std::string::npos);
    store::Integrity(again).repair();
    CHECK(store::Integrity(again).check().empty());
}

TEST_CASE("a flipped page is damage", "[integrity]")
{
    TestStore store;
    fill(store);
    store.database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    constexpr int page_size = 4096;
    store::Statement root = store.database.connection().prepare(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'messages'");
    REQUIRE(root.step());
    const std::int64_t page = root.integer(0);
    {
        std::fstream file(store.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp((page - 1) * page_size);
        file << std::string(page_size, '\x5a');
    }
    store::Database again = store.reopen();
    const auto findings = store::Integrity(again).check();
    REQUIRE_FALSE(findings.empty());
    CHECK(findings.front().kind == Finding::Kind::damage);
    CHECK_FALSE(findings.front().can_be_repaired);
}
