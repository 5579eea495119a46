#include "core/error.hpp"
#include "store/migrations.hpp"
#include "support/builders.hpp"
#include "support/errors.hpp"
#include "support/processes.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <filesystem>

namespace fs = std::filesystem;
using namespace smsctl;
using test::error_of;
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

/// The file beside `folder`'s database that begins with `beginning`; empty when there is none.
std::string beside(const fs::path& folder, const std::string& beginning)
{
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().filename().string().starts_with(beginning))
            return entry.path().string();
    return {};
}

/// The embedded steps and one of a version still to come.
std::vector<store::Migration> with_a_next_step(std::string_view sql)
{
    auto steps = store::embedded_migrations();
    steps.push_back({store::Database::newest_schema_version() + 1, "9999_next.sql", sql});
    return steps;
}

/// How the backup begins that the step still to come makes.
std::string before_next()
{
    return fmt::format("smsctl.db.before-v{}-", store::Database::newest_schema_version() + 1);
}

} // namespace

TEST_CASE("every version of the schema has one step, so that none is left out anywhere", "[store]")
{
    int version = 0;
    for (const store::Migration& step : store::embedded_migrations()) {
        INFO(step.name);
        CHECK(step.version == ++version);
    }
}

TEST_CASE("a newer schema is refused")
{
    TestStore store;
    store.database.connection().execute("PRAGMA user_version = 99");
    const Error error = error_of([&] { store.reopen(); });
    CHECK(error.code() == "storage.newer_schema");
    CHECK(error.exit() == Exit::storage);
    CHECK_THAT(error.what(), Catch::Contains("99"));
}

TEST_CASE("an older schema is backed up before it is brought forward")
{
    TestStore store;
    const auto steps = with_a_next_step("CREATE TABLE later (id INTEGER PRIMARY KEY)");
    const std::string backup =
        store::bring_forward(store.database.connection(), store.path(), steps);
    CHECK(backup == beside(store.folder.path(), before_next()));
    REQUIRE_FALSE(backup.empty());
    CHECK(rights(backup) == fs::perms(0600));
    store::Database before(at(backup));
    CHECK(before.schema_version() == store::Database::newest_schema_version());
    CHECK(store::Workspaces(before).find("prod")->id == store.workspace.id);
    CHECK(store::bring_forward(store.database.connection(), store.path(), steps).empty());
}

TEST_CASE("a step that fails leaves the schema as it was")
{
    TestStore store;
    const auto steps = with_a_next_step("CREATE TABLE later (id INTEGER); SELECT nothing_here");
    CHECK_THROWS_AS(store::bring_forward(store.database.connection(), store.path(), steps), Error);
    CHECK(store.database.schema_version() == store::Database::newest_schema_version());
    CHECK_NOTHROW(store.database.connection().execute("CREATE TABLE later (id INTEGER)"));
}

TEST_CASE("a fresh database gets no backup")
{
    TestStore store;
    CHECK(beside(store.folder.path(), "smsctl.db.before").empty());
}

TEST_CASE("of several processes one migrates and makes the one backup")
{
    TestStore store;
    const auto steps = with_a_next_step("CREATE TABLE later (id INTEGER PRIMARY KEY)");
    const int failed = test::in_processes(6, [&](int) {
        store::Connection connection(store.path(), false, false, std::chrono::seconds(10));
        store::bring_forward(connection, store.path(), steps);
    });
    CHECK(failed == 0);
    int backups = 0;
    for (const auto& entry : fs::directory_iterator(store.folder.path()))
        backups += entry.path().string().find(before_next()) != std::string::npos ? 1 : 0;
    CHECK(backups == 1);
}

TEST_CASE("what waited in the outbox of version 1 knows its sender afterwards")
{
    const test::TempDir folder;
    const std::string path = (folder.path() / "old.db").string();
    {
        store::Connection old(path, true, false, std::chrono::seconds(1));
        const auto steps = store::embedded_migrations();
        store::bring_forward(old, path, {steps.front()});
        old.execute(
            "INSERT INTO workspaces VALUES (1, 'ws_1', 'prod', 'sim', 'AC1', '', 0, 1, '{}', 0);"
            "INSERT INTO contacts VALUES (1, 'ct_1', 1, 'Ann', '+14155550100', '', '', '', 0);"
            "INSERT INTO conversations VALUES (1, 'conv_1', 1, 1, '+15550199', 'open', 1, 0, 0, "
            "1, 0);"
            "INSERT INTO messages (id, public_id, workspace_id, seq, direction, conversation_id, "
            "from_address, to_address, messaging_service_id, body, segments, encoding, status, "
            "status_at, failure_code, failure_text, content_hash, tag, provider, currency, "
            "attempts, processed, chat_id, response_id, created_at) VALUES (1, 'msg_1', 1, 1, "
            "'outbound', 1, '', '+14155550100', 'MG1', 'hi', 1, 'GSM-7', 'planned', 0, '', '', "
            "'', '', 'sim', '', 0, 0, '', '', 0);"
            "INSERT INTO outbox VALUES (1, 1, 0, '{}', 0, NULL, NULL)");
    }
    store::Database migrated(at(path));
    auto statement = migrated.connection().prepare("SELECT sender, is_scheduled FROM outbox");
    REQUIRE(statement.step());
    CHECK(statement.text(0) == "MG1");
    CHECK_FALSE(statement.boolean(1));
}
