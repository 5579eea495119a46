#include "core/error.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace smsctl;

TEST_CASE("every exit code is explained once")
{
    std::set<int> codes;
    std::set<std::string_view> names;
    for (const ExitMeaning& meaning : exit_meanings()) {
        CHECK(codes.insert(static_cast<int>(meaning.exit)).second);
        CHECK(names.insert(meaning.name).second);
        CHECK_FALSE(meaning.meaning.empty());
    }
    CHECK(codes == std::set<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 130, 143});
}

TEST_CASE("only what certainly was not sent may simply be run again")
{
    for (const ExitMeaning& meaning : exit_meanings()) {
        CAPTURE(meaning.name);
        const bool retryable = Error(meaning.exit, "code", "message").retryable();
        CHECK(retryable == (meaning.exit == Exit::unavailable));
        CHECK(retryable == (meaning.run_again == "yes"));
    }
}

TEST_CASE("an error carries what the user and a script need")
{
    const Error error = not_found_error("contact", "Ada", "list them with `smsctl contact list`")
                            .with_provider({"twilio", 20404, 404, "RQ1"});
    CHECK(error.exit() == Exit::not_found);
    CHECK(error.code() == "not_found.contact");
    CHECK(not_found_error("conversation, contact or number", "x").code() ==
          "not_found.conversation");
    CHECK(std::string(error.what()) == "no contact Ada");
    CHECK(error.hint() == "list them with `smsctl contact list`");
    REQUIRE(error.provider());
    CHECK(error.provider()->code == 20404);
}
