#include "reconcile/gaps.hpp"
#include "support/builders.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using namespace std::chrono_literals;
using reconcile::Gaps;
using reconcile::Span;
using test::noon;

TEST_CASE("gaps that touch are one, and what was looked at is none")
{
    Gaps gaps;
    gaps.add({noon, noon + 1h});
    gaps.add({noon + 2h, noon + 3h});
    CHECK(gaps.spans().size() == 2);
    gaps.add({noon + 1h, noon + 2h});
    REQUIRE(gaps.spans().size() == 1);
    CHECK(gaps.spans().front().to == noon + 3h);

    gaps.subtract({noon + 30min, noon + 40min});
    REQUIRE(gaps.spans().size() == 2);
    CHECK(gaps.contains(noon + 29min));
    CHECK_FALSE(gaps.contains(noon + 35min));
    CHECK(gaps.contains(noon + 2h));
    gaps.subtract({Instant::min(), noon + 40min});
    CHECK(gaps.spans().size() == 1);
    gaps.subtract({noon, Instant::max()});
    CHECK(gaps.empty());
    gaps.add({noon, noon});
    CHECK(gaps.empty());
}

TEST_CASE("what does not meet a gap leaves it whole")
{
    Gaps gaps;
    gaps.add({noon, noon + 1h});
    gaps.subtract({noon - 2h, noon - 1h});
    gaps.subtract({noon + 2h, noon + 3h});
    REQUIRE(gaps.spans().size() == 1);
    CHECK(gaps.spans().front().from == noon);
    CHECK(gaps.spans().front().to == noon + 1h);
}

TEST_CASE("gaps are read as they were written, and nonsense is none")
{
    Gaps gaps;
    gaps.add({noon, noon + 1h});
    gaps.add({noon + 2h, noon + 3h});
    CHECK(Gaps::parse(gaps.text()).text() == gaps.text());
    CHECK(Gaps::parse("").empty());
    CHECK(Gaps::parse("today/tomorrow,x").empty());
}
