#include "core/error.hpp"
#include "store/database.hpp"
#include "support/builders.hpp"
#include "support/errors.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using test::error_of;
using test::TestStore;

TEST_CASE("a query shows numbers as numbers, and the rest as text")
{
    TestStore store;
    const auto result = store::query_read_only(
        store.path(),
        "SELECT name, 1.5 AS number, -7, NULL, x'00ff' FROM workspaces; -- that is all");
    CHECK(result.columns == std::vector<std::string>{"name", "number", "-7", "NULL", "x'00ff'"});
    REQUIRE(result.rows.size() == 1);
    CHECK(result.rows[0] ==
          std::vector<store::QueryValue>{"prod", 1.5, std::int64_t{-7}, std::monostate(), "00ff"});
}

TEST_CASE("a query ends at its limit, and says whether there is more")
{
    TestStore store;
    const std::string sql = "VALUES (1), (2), (3)";
    CHECK(store::query_read_only(store.path(), sql, 2).rows.size() == 2);
    CHECK(store::query_read_only(store.path(), sql, 2).has_more);
    CHECK_FALSE(store::query_read_only(store.path(), sql, 3).has_more);
    CHECK(store::query_read_only(store.path(), sql).rows.size() == 3);
}

TEST_CASE("a query may look at the schema and use what SQL offers for reading")
{
    TestStore store;
    const auto* const sql = GENERATE(
        "SELECT * FROM pragma_table_info('messages')",
        "PRAGMA table_info(messages)",
        "SELECT value FROM json_each('[1,2]')",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n",
        "EXPLAIN QUERY PLAN SELECT * FROM messages",
        "VALUES (1), (2)");
    INFO(sql);
    CHECK_FALSE(store::query_read_only(store.path(), sql).rows.empty());
}

TEST_CASE("a query that does anything but read is refused")
{
    TestStore store;
    const auto* const sql = GENERATE("DELETE FROM workspaces",
                                     "UPDATE workspaces SET name = 'x' RETURNING name",
                                     "INSERT INTO cursors VALUES (1, 'a', 'b')",
                                     "WITH x AS (SELECT 1) DELETE FROM workspaces",
                                     "CREATE TEMP TABLE t (x)",
                                     "CREATE TABLE t (x)",
                                     "CREATE TABLE IF NOT EXISTS messages (x)",
                                     "UPDATE sqlite_master SET sql = ''",
                                     "DROP TABLE messages",
                                     "ATTACH '/tmp/smsctl-attached.db' AS other",
                                     "VACUUM INTO '/tmp/smsctl-vacuumed.db'",
                                     "PRAGMA journal_mode = DELETE",
                                     "PRAGMA user_version = 7",
                                     "PRAGMA writable_schema = 1",
                                     "BEGIN IMMEDIATE",
                                     "SELECT load_extension('x')",
                                     "SELECT 1; DELETE FROM workspaces",
                                     "SELECT 1; SELECT 2",
                                     "SELEC 1",
                                     "SELECT * FROM nowhere",
                                     "",
                                     " -- nothing");
    INFO(sql);
    const Error error = error_of([&] { store::query_read_only(store.path(), sql); });
    CHECK(error.code() == "usage.sql");
    CHECK(error.exit() == Exit::usage);
    CHECK(store::Workspaces(store.database).list().size() == 1);
    CHECK_FALSE(std::filesystem::exists("/tmp/smsctl-attached.db"));
    CHECK_FALSE(std::filesystem::exists("/tmp/smsctl-vacuumed.db"));
}

TEST_CASE("a query never shows a credential")
{
    TestStore store;
    store::Workspaces(store.database)
        .set_credential(
            store.workspace, store::Purpose::api, {secrets::Kind::env, "TOKEN_VARIABLE"});
    const auto* const sql =
        GENERATE("SELECT * FROM credentials",
                 "SELECT value FROM credentials",
                 "SELECT hex(value) FROM credentials",
                 "SELECT max(c.value) FROM (SELECT * FROM credentials) c",
                 "SELECT group_concat(value) FROM credentials",
                 "WITH c AS (SELECT value AS v FROM credentials) SELECT upper(v) FROM c",
                 "SELECT json_object('v', value) FROM credentials",
                 "SELECT name FROM workspaces WHERE EXISTS (SELECT 1 FROM credentials WHERE value "
                 "LIKE 'TOKEN%')");
    INFO(sql);
    std::string all;
    for (const auto& row : store::query_read_only(store.path(), sql).rows)
        for (const auto& value : row)
            if (const auto* text = std::get_if<std::string>(&value))
                all += *text + "\n";
    CHECK_THAT(all, !Catch::Contains("TOKEN", Catch::CaseSensitive::No));
    CHECK_THAT(all, !Catch::Contains("544F4B454E"));
    CHECK_THAT(all, !Catch::Contains("prod"));
}

TEST_CASE("a query says what is wrong with the file")
{
    TestStore store;
    CHECK(error_of([&] { store::query_read_only(store.path() + "x", "SELECT 1"); }).code() ==
          "not_found.database");
}
