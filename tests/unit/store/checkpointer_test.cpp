#include "store/checkpointer.hpp"
#include "store/database.hpp"
#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

using namespace smsctl;
using namespace smsctl::store;

namespace {

void write_pages(Database& database, int commits)
{
    for (int i = 0; i < commits; ++i) {
        Transaction transaction = database.begin();
        database.connection().execute("INSERT INTO pages VALUES (randomblob(20000))");
        transaction.commit();
    }
}

} // namespace

TEST_CASE("a busy writer's log stays within bounds, and nothing of it is lost")
{
    const test::TempDir folder;
    const std::string location = (folder / "smsctl.db").string();
    constexpr CheckpointPace pace{.usual = 50, .most = 200};
    constexpr int commits = 500; // of about six pages each
    {
        Database database({.location = location});
        database.connection().execute("CREATE TABLE pages (bytes BLOB)");
        const Checkpointer checkpointer(database, pace);
        write_pages(database, commits);
        constexpr std::uintmax_t page = 4096 + 24;
        // A commit's pages and those of one checkpoint come on top.
        CHECK(std::filesystem::file_size(location + "-wal") < page * pace.most * 3);
    }
    CHECK(query_read_only(location, "SELECT count(*), sum(length(bytes)) FROM pages").rows ==
          decltype(QueryResult::rows){{std::int64_t{commits}, std::int64_t{commits} * 20000}});
    Database again({.location = location});
    CHECK(again.check().empty());
}

TEST_CASE("without the checkpointer the connection minds its log itself again")
{
    const test::TempDir folder;
    const std::string location = (folder / "smsctl.db").string();
    Database database({.location = location});
    database.connection().execute("CREATE TABLE pages (bytes BLOB)");
    {
        const Checkpointer checkpointer(database, {.usual = 50, .most = 200});
    }
    write_pages(database, 100);
    CHECK(std::filesystem::file_size(location + "-wal") < std::uintmax_t{400} * (4096 + 24));
}
