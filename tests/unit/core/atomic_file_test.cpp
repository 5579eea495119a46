#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "support/temp_dir.hpp"
#include "support/vectors.hpp"

#include <catch2/catch.hpp>

#include <iterator>

using namespace smsctl;

TEST_CASE("a file written atomically holds the newest text alone and leaves nothing beside it")
{
    const test::TempDir folder;
    const auto path = folder / "cursor";
    write_atomically(path, "first and longer");
    write_atomically(path, "second");

    CHECK(test::read_file(path) == "second");
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
    const auto rights = std::filesystem::status(path).permissions();
    CHECK((rights & std::filesystem::perms::mask) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("a file that cannot be written is named in the error")
{
    const test::TempDir folder;
    const auto path = folder / "missing" / "cursor";
    try {
        write_atomically(path, "x");
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.code() == "file.unwritable");
        CHECK(std::string(error.what()).find(path.string()) != std::string::npos);
    }
}
