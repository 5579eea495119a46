#include "delivery/pace.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using delivery::Pace;

namespace {

const Instant start = test::FakeClock().now();
const Instant later = start + std::chrono::seconds(2);

void answer(Pace& pace, int times)
{
    for (int i = 0; i < times; ++i)
        pace.answered();
}

} // namespace

TEST_CASE("a refusal halves the number in flight, and pauses", "[pace]")
{
    Pace pace(50);
    CHECK(pace.limit() == 50);
    CHECK_FALSE(pace.paused_until(start));
    pace.not_sent(later, 0);
    CHECK(pace.limit() == 25);
    CHECK(pace.paused_until(start) == later);
    CHECK_FALSE(pace.paused_until(later));
    CHECK(pace.failures_in_a_row() == 1);
}

TEST_CASE("refusals of what left together are one failure", "[pace]")
{
    Pace pace(50);
    for (std::size_t left = 50; left-- > 0;)
        pace.not_sent(later, left);
    CHECK(pace.limit() == 25);
    CHECK(pace.failures_in_a_row() == 1);
    pace.not_sent(later, 0); // the first that knew of the pause
    CHECK(pace.limit() == 12);
    CHECK(pace.failures_in_a_row() == 2);
}

TEST_CASE("those in flight that are answered are no stragglers any more", "[pace]")
{
    Pace pace(8);
    pace.not_sent(later, 3);
    answer(pace, 3);
    CHECK(pace.failures_in_a_row() == 0);
    pace.not_sent(later, 0);
    CHECK(pace.limit() == 2);
    CHECK(pace.failures_in_a_row() == 1);
}

TEST_CASE("the number in flight grows by one a round, to where it began and no further", "[pace]")
{
    Pace pace(4);
    answer(pace, 100);
    CHECK(pace.limit() == 4);
    pace.not_sent(later, 0);
    pace.not_sent(later, 0);
    pace.not_sent(later, 0);
    CHECK(pace.limit() == 1); // never none
    answer(pace, 1);
    CHECK(pace.limit() == 2);
    answer(pace, 1);
    CHECK(pace.limit() == 2);
    answer(pace, 1);
    CHECK(pace.limit() == 3);
    answer(pace, 30);
    CHECK(pace.limit() == 4);
}

TEST_CASE("the longest pause that was asked for counts", "[pace]")
{
    Pace pace(4);
    pace.not_sent(later, 1);
    pace.not_sent(start, 0);
    CHECK(pace.paused_until(start) == later);
}

TEST_CASE("the number in flight does not grow into what the account refused", "[pace]")
{
    Pace pace(8);
    pace.not_sent(later, 7, 40); // 8 of ours and 32 of somebody else's
    CHECK(pace.limit() == 4);
    for (int i = 0; i < 100; ++i)
        pace.answered(40);
    CHECK(pace.limit() == 4);
    for (int i = 0; i < 100; ++i) // they have gone
        pace.answered(8);
    CHECK(pace.limit() == 8);
}

TEST_CASE("a count below what we may have in flight ourselves is none", "[pace]")
{
    Pace pace(8);
    for (std::size_t left = 8; left-- > 0;)
        pace.not_sent(later, left, 1);
    for (int i = 0; i < 100; ++i)
        pace.answered(1);
    CHECK(pace.limit() == 8);
}

TEST_CASE("ours count in full although they seldom arrive all at once", "[pace]")
{
    Pace pace(50);
    for (const int limit : {25, 12, 6}) {
        pace.not_sent(later, 0, 11);
        CHECK(pace.limit() == limit);
    }
    for (int i = 0; i < 1000; ++i)
        pace.answered(4);
    CHECK(pace.limit() == 10);
}
