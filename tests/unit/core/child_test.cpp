#include "core/child.hpp"
#include "core/error.hpp"
#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>

using namespace smsctl;

TEST_CASE("a child's status is its own, and 128 and the signal when one ended it")
{
    CHECK(Child({"true"}, {}).wait() == 0);
    CHECK(Child({"sh", "-c", "exit 7"}, {}).wait() == 7);
    CHECK(Child({"sh", "-c", "kill -TERM $$"}, {}).wait() == 128 + SIGTERM);
}

TEST_CASE("arguments reach a child as they are, and variables are set and unset")
{
    ::setenv("SMSCTL_TEST_GONE", "1", 1);
    const char* script = R"(test "$1" = '[a, $b]' && test "$SMSCTL_TEST_SET" = 'x y' &&)"
                         R"( test -z "${SMSCTL_TEST_GONE+there}")";
    Child child({"sh", "-c", script, "sh", "[a, $b]"},
                {{"SMSCTL_TEST_SET", "x y"}, {"SMSCTL_TEST_GONE", std::nullopt}});
    CHECK(child.wait() == 0);
    ::unsetenv("SMSCTL_TEST_GONE");
}

TEST_CASE("what cannot be run says so as a shell does")
{
    const auto code = [](const std::string& program) {
        try {
            Child child({program}, {});
            return 0;
        } catch (const Error& error) {
            return static_cast<int>(error.exit());
        }
    };
    const test::TempDir folder;
    std::ofstream(folder / "plain") << "no program";
    CHECK(code("smsctl-no-such-program") == 127);
    CHECK(code((folder / "plain").string()) == 126);
}

TEST_CASE("a stop is passed on while waiting")
{
    std::stop_source stop;
    Child child({"sleep", "60"}, {});
    stop.request_stop();
    CHECK(child.wait(stop.get_token(), [&] { child.send(SIGTERM); }) == 128 + SIGTERM);
}
