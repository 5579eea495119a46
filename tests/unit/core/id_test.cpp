#include "core/id.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace smsctl;

TEST_CASE("an id is its prefix and a ULID in lower case")
{
    const std::string id = new_id("msg", Instant(Millis(1'772'446'272'345)));
    CHECK(id.size() == 4 + 26);
    CHECK(id.starts_with("msg_01kjq0"));
    CHECK(id.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz", 4) == std::string::npos);
}

TEST_CASE("ids sort by the time they were made")
{
    const Instant now(Millis(1'772'446'272'345));
    CHECK(new_id("msg", now) < new_id("msg", now + Millis(1)));
    CHECK(new_id("msg", now) < new_id("msg", now + std::chrono::hours(24 * 365 * 50)));
}

TEST_CASE("ids of one millisecond differ")
{
    std::set<std::string> ids;
    for (int i = 0; i < 1000; ++i)
        ids.insert(new_id("msg", Instant(Millis(0))));
    CHECK(ids.size() == 1000);
}

TEST_CASE("a fork does not go on with the ids of its parent")
{
    new_id("msg", Instant(Millis(0))); // random bytes for more of them are at hand now
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const std::string id = new_id("msg", Instant(Millis(0)));
        const bool told = ::write(pipe[1], id.data(), id.size()) == ssize_t(id.size());
        ::_exit(told ? 0 : 1);
    }
    REQUIRE(child > 0);
    std::string theirs(30, ' ');
    CHECK(::read(pipe[0], theirs.data(), theirs.size()) == 30);
    CHECK(theirs != new_id("msg", Instant(Millis(0))));
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    ::close(pipe[0]);
    ::close(pipe[1]);
}
