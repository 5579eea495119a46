#include "reconcile/planner.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace smsctl;

TEST_CASE("pages are read when they cost no more requests than lookups")
{
    struct Case {
        std::string name;
        std::size_t open;
        std::size_t expected;
        bool pages;
    };
    const auto& row = GENERATE(values<Case>({
        {"nothing is open", 0, 5000, false},
        {"one message on a quiet day: a tie", 1, 1, true},
        {"one message among many", 1, 1001, false},
        {"a thousand open ones on one page", 1000, 1000, true},
        {"as many as there are pages", 3, 3000, true},
        {"fewer than there are pages", 3, 3001, false},
        {"nothing is known of the span", 2, 0, true},
    }));
    DYNAMIC_SECTION(row.name)
    {
        CHECK(reconcile::pages_are_cheaper(row.open, row.expected) == row.pages);
    }
}
