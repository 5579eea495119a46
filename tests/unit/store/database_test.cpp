#include "core/error.hpp"
#include "support/builders.hpp"
#include "support/errors.hpp"
#include "support/processes.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;
using namespace smsctl;
using test::error_of;
using test::TempDir;
using test::TestStore;

namespace {

store::OpenOptions at(const fs::path& path)
{
    store::OpenOptions options;
    options.location = path.string();
    return options;
}

fs::perms rights(const fs::path& path)
{
    return fs::status(path).permissions();
}

constexpr fs::perms owner_only = fs::perms::owner_read | fs::perms::owner_write;

/// The file beside `folder`'s database that begins with `beginning`; empty when there is none.
std::string beside(const fs::path& folder, const std::string& beginning)
{
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().filename().string().starts_with(beginning))
            return entry.path().string();
    return {};
}

} // namespace

TEST_CASE("a fresh database and what SQLite puts beside it is for its owner alone")
{
    const TempDir folder;
    const fs::path path = folder / "new/deeper/smsctl.db";
    store::Database database(at(path));
    auto workspace = test::make_workspace();
    store::Workspaces(database).add(workspace, test::noon);
    for (const char* const ending : {"", "-wal", "-shm"})
        CHECK(rights(path.string() + ending) == owner_only);
    CHECK(rights(path.parent_path()) == fs::perms::owner_all);
    CHECK(rights(path.parent_path().parent_path()) == fs::perms::owner_all);
    CHECK(database.schema_version() == store::Database::newest_schema_version());
    CHECK(database.pending_migrations().empty());
    CHECK(database.check().empty());
}

TEST_CASE("a connection runs with the settings that durability rests on")
{
    TestStore store;
    struct Row {
        const char* pragma;
        const char* value;
    };
    const auto row = GENERATE(Row{"journal_mode", "wal"},
                              Row{"synchronous", "2"},
                              Row{"foreign_keys", "1"},
                              Row{"trusted_schema", "0"},
                              Row{"busy_timeout", "10000"},
                              Row{"wal_autocheckpoint", "10000"});
    DYNAMIC_SECTION(row.pragma)
    {
        auto statement = store.database.connection().prepare(fmt::format("PRAGMA {}", row.pragma));
        REQUIRE(statement.step());
        CHECK(statement.text(0) == row.value);
    }
}

TEST_CASE("a memory database needs no file")
{
    store::Database database(at(":memory:"));
    auto workspace = test::make_workspace();
    store::Workspaces(database).add(workspace, test::noon);
    CHECK(store::Workspaces(database).find("prod")->id == workspace.id);
}

TEST_CASE("a database that cannot be opened says why")
{
    const TempDir folder;
    std::ofstream(folder / "text") << std::string(5000, 'x');
    SECTION("another engine is not built in")
    {
        const Error error = error_of([] { store::Database(at("postgresql://localhost/sms")); });
        CHECK(error.code() == "usage.db");
        CHECK(error.exit() == Exit::usage);
    }
    SECTION("missing and not to be made")
    {
        auto options = at(folder / "missing");
        options.create = false;
        const Error error = error_of([&] { store::Database database(options); });
        CHECK(error.code() == "not_found.database");
        CHECK_FALSE(fs::exists(folder / "missing"));
    }
    SECTION("a folder")
    {
        CHECK(error_of([&] { store::Database(at(folder.path())); }).code() == "storage.unreadable");
    }
    SECTION("below a file")
    {
        const Error error = error_of([&] { store::Database(at(folder / "text/smsctl.db")); });
        CHECK(error.code() == "storage.unreadable");
        CHECK(error.exit() == Exit::storage);
    }
    SECTION("no database at all, and it is left as it is")
    {
        const Error error = error_of([&] { store::Database(at(folder / "text")); });
        CHECK(error.code() == "storage.not_ours");
        CHECK(error.exit() == Exit::storage);
        CHECK(fs::file_size(folder / "text") == 5000);
    }
}

TEST_CASE("another program's database is refused and not touched")
{
    const TempDir folder;
    const std::string path = (folder / "other.db").string();
    const auto made_with = [&](const std::string& sql) {
        store::Connection(path, true, false, Millis(0)).execute(sql);
        return error_of([&] { store::Database(at(path)); }).code();
    };
    SECTION("with tables")
    {
        CHECK(made_with("CREATE TABLE t (x)") == "storage.not_ours");
    }
    SECTION("with an application id")
    {
        CHECK(made_with("PRAGMA application_id = 7") == "storage.not_ours");
    }
    auto mode = store::Connection(path, false, true, Millis(0));
    auto statement = mode.prepare("PRAGMA journal_mode");
    REQUIRE(statement.step());
    CHECK(statement.text(0) == "delete");
}

TEST_CASE("several processes that open the same fresh path all find it ready")
{
    const TempDir folder;
    const fs::path path = folder / "smsctl.db";
    const int failed = test::in_processes(8, [&](int number) {
        store::Database database(at(path));
        auto workspace = test::make_workspace(fmt::format("w{}", number));
        store::Workspaces(database).add(workspace, test::noon);
    });
    CHECK(failed == 0);
    store::Database database(at(path));
    CHECK(store::Workspaces(database).list().size() == 8);
    CHECK(database.check().empty());
    CHECK(beside(folder.path(), "smsctl.db.before").empty());
}

TEST_CASE("processes that write at once wait for one another")
{
    TestStore store;
    constexpr int writers = 4;
    constexpr int each = 25;
    const int failed = test::in_processes(writers, [&](int) {
        store::Database database = store.reopen();
        store::Scope scope = database.scope(store.workspace);
        for (int i = 0; i < each; ++i) {
            auto transaction = scope.begin();
            test::store_message(scope, test::make_message());
            transaction.commit();
        }
    });
    CHECK(failed == 0);
    CHECK(store::Messages(store.scope).count({}) == writers * each);
    CHECK(store::Conversations(store.scope).list(false, 0).front().message_count == writers * each);
}

TEST_CASE("a backup is a whole database of its own")
{
    TestStore store;
    const auto sent = test::store_message(store.scope, test::make_message());
    const fs::path target = store.folder / "backup.db";
    SECTION("while a writer is at work")
    {
        store::Database other = store.reopen();
        store::Scope scope = other.scope(store.workspace);
        auto transaction = scope.begin();
        test::store_message(scope, test::make_message("not committed"));
        store.database.backup(target);
        store::Database copy(at(target));
        store::Scope copied = copy.scope(store.workspace);
        CHECK(store::Messages(copied).count({}) == 1);
        CHECK(store::Messages(copied).by_id(sent.id)->body == sent.body);
        CHECK(copy.check().empty());
        CHECK(rights(target) == owner_only);
    }
    SECTION("and never takes another file's place")
    {
        std::ofstream(target) << "mine";
        CHECK(error_of([&] { store.database.backup(target); }).code() == "usage.exists");
        CHECK(fs::file_size(target) == 4);
        CHECK(std::distance(fs::directory_iterator(store.folder.path()), {}) == 4);
    }
    SECTION("or says where it could not be made")
    {
        const Error error =
            error_of([&] { store.database.backup(store.folder / "no/such/backup.db"); });
        CHECK(error.exit() == Exit::storage);
        CHECK_THAT(error.what(), Catch::Contains("no/such/backup.db"));
    }
}

TEST_CASE("a check finds a row whose parent is gone")
{
    TestStore store;
    test::store_message(store.scope, test::make_message());
    store.database.connection().execute(
        "PRAGMA foreign_keys = OFF; DELETE FROM conversations; PRAGMA foreign_keys = ON");
    const auto findings = store.database.check();
    REQUIRE(findings.size() == 1);
    CHECK_THAT(findings.front(), Catch::Contains("messages") && Catch::Contains("conversations"));
}

TEST_CASE("the data version changes when another connection commits")
{
    TestStore store;
    const auto before = store.database.data_version();
    CHECK(store.database.data_version() == before);
    store::Database other = store.reopen();
    store::Scope scope = other.scope(store.workspace);
    store::Cursors(scope).set("tail", "7");
    CHECK(store.database.data_version() != before);
}

TEST_CASE("a transaction that is not committed leaves nothing")
{
    TestStore store;
    {
        auto transaction = store.scope.begin();
        test::store_message(store.scope, test::make_message());
    }
    CHECK(store::Messages(store.scope).count({}) == 0);
}

TEST_CASE("the same statement can be in use twice")
{
    TestStore store;
    auto& connection = store.database.connection();
    const std::string sql = "SELECT column1 FROM (VALUES (1), (2)) WHERE column1 >= $1";
    std::vector<std::int64_t> seen;
    auto outer = connection.prepare(sql);
    outer.bind(1, 1);
    while (outer.step()) {
        auto inner = connection.prepare(sql);
        inner.bind(1, 2);
        while (inner.step())
            seen.push_back(outer.integer(0) * 10 + inner.integer(0));
    }
    CHECK(seen == std::vector<std::int64_t>{12, 22});
}

TEST_CASE("parameters may be missing from a statement and come in any order")
{
    TestStore store;
    auto statement = store.database.connection().prepare("SELECT $4, $2, $2");
    statement.bind(2, "two").bind(4, "four");
    REQUIRE(statement.step());
    CHECK(statement.text(0) == "four");
    CHECK(statement.text(1) == "two");
    CHECK(statement.text(2) == "two");
    CHECK_THROWS_AS(statement.bind(3, 1), Error);
}
