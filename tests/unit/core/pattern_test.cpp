#include "core/error.hpp"
#include "core/pattern.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace smsctl;
using namespace std::string_literals;

TEST_CASE("a pattern is found anywhere in a text")
{
    struct Case {
        std::string name;
        std::string pattern;
        std::string text;
        bool found;
    };
    const auto& row = GENERATE(values<Case>({
        {"a login code between words", R"(\b[0-9]{6}\b)", "Your code is 123456.", true},
        {"too many digits for a code", R"(\b[0-9]{6}\b)", "Call 5551234567", false},
        {"behind a NUL", "b$", "a\0b"s, true},
        {"an empty text", "^$", "", true},
        {"alternatives", "yes|no", "oh no", true},
        {"case counts", "YES", "yes", false},
        {"bytes of UTF-8", "é+", "caféé", true},
    }));
    DYNAMIC_SECTION(row.name)
    {
        CHECK(Pattern(row.pattern).is_in(row.text) == row.found);
    }
}

TEST_CASE("a pattern that is none says why")
{
    try {
        const Pattern broken("[0-9");
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.code() == "usage.pattern");
        CHECK(std::string(error.what()).find("[0-9") != std::string::npos);
    }
}
