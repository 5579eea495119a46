// What the disk, the file system and other processes can do to the file. Each case ends with the
// proof that what was stored before is still there.
#include "core/error.hpp"
#include "store/database.hpp"
#include "support/builders.hpp"
#include "support/errors.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace smsctl;
using test::error_of;
using test::TempDir;
using test::TestStore;

namespace {

store::OpenOptions at(const fs::path& path, Millis wait = std::chrono::seconds(10))
{
    store::OpenOptions options;
    options.location = path.string();
    options.busy_timeout = wait;
    return options;
}

/// As a user without root's rights, until it goes.
class Unprivileged {
public:
    Unprivileged()
    {
        if (m_was == 0 && ::seteuid(nobody) != 0)
            throw std::runtime_error("cannot give up root");
    }
    ~Unprivileged()
    {
        if (m_was == 0 && ::seteuid(m_was) != 0)
            std::abort();
    }
    Unprivileged(const Unprivileged&) = delete;
    Unprivileged& operator=(const Unprivileged&) = delete;

    static constexpr uid_t nobody = 65534;

private:
    uid_t m_was = ::geteuid();
};

/// Stores messages of 4 KiB until something gives way.
void fill(store::Scope& scope)
{
    const std::string body(4096, 'x');
    for (int i = 0; i < 10'000; ++i) {
        auto transaction = scope.begin();
        test::store_message(scope, test::make_message(body));
        transaction.commit();
    }
}

/// A file system of one MiB; not there where mounting is not allowed.
class SmallDisk {
public:
    SmallDisk()
    {
        m_mounted = ::mount("tmpfs", m_folder.path().c_str(), "tmpfs", 0, "size=1m") == 0;
    }
    ~SmallDisk()
    {
        if (m_mounted)
            ::umount2(m_folder.path().c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    bool mounted() const { return m_mounted; }
    const fs::path& path() const { return m_folder.path(); }

private:
    TempDir m_folder;
    bool m_mounted = false;
};

} // namespace

TEST_CASE("a writer that waits too long is told that the file is locked")
{
    TestStore store;
    store::Database other(at(store.path(), Millis(30)));
    store::Scope scope = other.scope(store.workspace);
    {
        auto held = store.scope.begin();
        const Error error = error_of([&] { (void)scope.begin(); });
        CHECK(error.code() == "storage.locked");
        CHECK(error.exit() == Exit::storage);
        CHECK_THAT(error.what(), Catch::Contains(store.path()));
        CHECK_THAT(error.hint(), Catch::Contains("later"));
        CHECK(error_of([&] { store::Cursors(scope).set("a", "b"); }).code() == "storage.locked");
        CHECK(store::Workspaces(other).list().size() == 1); // readers are not held up
    }
    CHECK_NOTHROW(scope.begin());
}

TEST_CASE("a file or folder without write permission is called read-only")
{
    TestStore store;
    test::store_message(store.scope, test::make_message());
    store.database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    const TempDir folder;
    const fs::path copy = folder / "smsctl.db";
    fs::copy_file(store.path(), copy);
    if (::geteuid() == 0)
        REQUIRE(::chown(folder.path().c_str(), Unprivileged::nobody, Unprivileged::nobody) == 0);
    const auto code_of_writing = [&] {
        const Unprivileged user;
        return error_of([&] {
                   store::Database database(at(copy));
                   store::Scope scope = database.scope(store.workspace);
                   store::Cursors(scope).set("a", "b");
               })
            .code();
    };
    SECTION("the file")
    {
        fs::permissions(copy, fs::perms(0444));
        CHECK(code_of_writing() == "storage.read_only");
    }
    SECTION("the folder")
    {
        fs::permissions(copy, fs::perms(0444));
        fs::permissions(folder.path(), fs::perms(0555));
        CHECK(code_of_writing() == "storage.read_only");
    }
    SECTION("a folder in which the file is to be made")
    {
        fs::remove(copy);
        fs::permissions(folder.path(), fs::perms(0555));
        CHECK(code_of_writing() == "storage.read_only");
    }
    SECTION("not even to be read")
    {
        if (::geteuid() != 0)
            fs::permissions(copy, fs::perms(0));
        CHECK_THAT(code_of_writing(), Catch::StartsWith("storage."));
    }
    fs::permissions(folder.path(), fs::perms(0755));
    if (fs::exists(copy)) {
        fs::permissions(copy, fs::perms(0600));
        store::Database database(at(copy));
        store::Scope scope = database.scope(store.workspace);
        CHECK(store::Messages(scope).count({}) == 1);
    }
}

TEST_CASE("a damaged file is called damaged, by reading and by a check")
{
    TestStore store;
    {
        auto transaction = store.scope.begin();
        for (int i = 0; i < 200; ++i)
            test::store_message(store.scope, test::make_message(std::string(500, 'x')));
        transaction.commit();
    }
    store.database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    const fs::path copy = store.folder / "copy.db";
    fs::copy_file(store.path(), copy);
    const auto read_all = [&] {
        store::Database database(at(copy));
        store::Scope scope = database.scope(store.workspace);
        store::Messages(scope).list({});
    };
    SECTION("pages overwritten")
    {
        std::fstream file(copy, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(4096L * 3);
        file << std::string(static_cast<std::size_t>(fs::file_size(copy)) - 4096 * 3, '\x5a');
    }
    SECTION("cut short")
    {
        fs::resize_file(copy, fs::file_size(copy) / 2 / 4096 * 4096);
    }
    const Error error = error_of(read_all);
    CHECK(error.code() == "storage.damaged");
    CHECK(error.exit() == Exit::storage);
    CHECK_THAT(error.hint(), Catch::Contains("db check"));
    auto options = at(copy);
    options.migrate = false;
    try {
        store::Database database(options);
        CHECK_FALSE(database.check().empty());
    } catch (const Error& at_open) {
        CHECK(at_open.code() == "storage.damaged");
    }
}

TEST_CASE("a full disk is called full and loses nothing")
{
    const SmallDisk disk;
    if (!disk.mounted()) {
        WARN("skipped: mounting a small file system needs root");
        return;
    }
    const fs::path path = disk.path() / "smsctl.db";
    {
        store::Database database(at(path));
        auto workspace = test::make_workspace();
        store::Workspaces(database).add(workspace, test::noon);
        store::Scope scope = database.scope(workspace);
        const Error error = error_of([&] { fill(scope); });
        CHECK(error.code() == "storage.full");
        CHECK(error.exit() == Exit::storage);
        CHECK(error_of([&] { database.backup(disk.path() / "copy.db"); }).code() == "storage.full");
        CHECK_FALSE(fs::exists(disk.path() / "copy.db"));
        CHECK(store::Messages(scope).count({}) > 10);
    }
    store::Database database(at(path));
    CHECK(database.check().empty());
    auto workspace = store::Workspaces(database).find("prod");
    store::Scope scope = database.scope(*workspace);
    CHECK(store::Messages(scope).count({}) > 10);
    CHECK(store::Messages(scope).count({}) ==
          store::Conversations(scope).list(false, 0).front().message_count);
}

TEST_CASE("a database that may not grow is called full and can be read on")
{
    TestStore store;
    store.database.connection().execute("PRAGMA max_page_count = 100");
    CHECK(error_of([&] { fill(store.scope); }).code() == "storage.full");
    const auto stored = store::Messages(store.scope).count({});
    CHECK(stored > 3);
    CHECK(store.database.check().empty());
    store.database.connection().execute("PRAGMA max_page_count = 10000");
    test::store_message(store.scope, test::make_message());
    CHECK(store::Messages(store.scope).count({}) == stored + 1);
}
