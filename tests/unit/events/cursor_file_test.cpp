#include "core/error.hpp"
#include "events/cursor_file.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace smsctl;

TEST_CASE("a cursor begins at nothing and is read back where it was moved", "[cursor]")
{
    const test::TempDir folder;
    const std::string path = folder / "seen";
    events::CursorFile cursor(path);
    CHECK(cursor.read() == 0);
    cursor.move(812);
    CHECK(events::CursorFile(path).read() == 812);
    cursor.move(813);
    CHECK(cursor.read() == 813);
}

TEST_CASE("a cursor that cannot be kept is refused before anything is read", "[cursor]")
{
    const test::TempDir folder;
    SECTION("its folder is not there")
    {
        const events::CursorFile cursor(folder / "nowhere/seen");
        CHECK(test::error_of([&] { cursor.read(); }).code() == "usage.cursor");
    }
    SECTION("the file holds something else")
    {
        std::ofstream(folder / "seen") << "yesterday\n";
        const events::CursorFile cursor(folder / "seen");
        CHECK(test::error_of([&] { cursor.read(); }).code() == "usage.cursor");
    }
}
