#include "core/error.hpp"
#include "output/field_match.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using namespace smsctl;

TEST_CASE("a condition on a field of a record")
{
    const output::Record record = {{"object", "message"},
                                   {"from", "+14155550123"},
                                   {"body", "code 123456"},
                                   {"error", {{"code", "30003"}}},
                                   {"segments", 1},
                                   {"key", nullptr}};
    struct Case {
        std::string condition;
        bool holds;
    };
    const auto& row = GENERATE(values<Case>({
        {"from=+14155550123", true},
        {"from=+1415", false},
        {R"(body~\b[0-9]{6}\b)", true},
        {"body~^[0-9]", false},
        {"body=code 123456", true},
        {"error.code=30003", true},
        {"error.message=", true},
        {"segments=1", true},
        {"key=", true},
        {"key=x", false},
    }));
    DYNAMIC_SECTION(row.condition)
    {
        CHECK(output::FieldMatch(row.condition, {"message", "event"}).holds(record) == row.holds);
    }
}

TEST_CASE("a condition that can never hold is refused")
{
    struct Case {
        std::string condition;
        std::string code;
    };
    const auto& row = GENERATE(values<Case>({
        {"body", "usage.match"},
        {"=x", "usage.match"},
        {"bdy=x", "usage.fields"},
        {"body~(", "usage.pattern"},
    }));
    DYNAMIC_SECTION(row.condition)
    {
        try {
            const output::FieldMatch match(row.condition, {"message", "event"});
            FAIL("no error");
        } catch (const Error& error) {
            CHECK(error.code() == row.code);
        }
    }
}
