#include "providers/rate_limiter.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using providers::RateLimiter;

TEST_CASE("a sender waits as long as the segments before it take")
{
    test::FakeClock clock;
    RateLimiter limiter(clock, 1.0);
    CHECK(limiter.wait_for("+15005550006", 3) == Millis(0));
    CHECK(limiter.wait_for("+15005550006", 1) == Millis(3000));
    CHECK(limiter.wait_for("+15005550006", 1) == Millis(4000));
    clock.step(Millis(4500));
    CHECK(limiter.wait_for("+15005550006", 1) == Millis(500));
}

TEST_CASE("senders do not wait for one another")
{
    test::FakeClock clock;
    RateLimiter limiter(clock, 1.0);
    CHECK(limiter.wait_for("+15005550006", 5) == Millis(0));
    CHECK(limiter.wait_for("+15005550007", 5) == Millis(0));
}

TEST_CASE("an idle sender saves nothing up")
{
    test::FakeClock clock;
    RateLimiter limiter(clock, 1.0);
    CHECK(limiter.wait_for("S", 1) == Millis(0));
    clock.step(std::chrono::hours(1));
    CHECK(limiter.wait_for("S", 1) == Millis(0));
    CHECK(limiter.wait_for("S", 1) == Millis(1000));
}

TEST_CASE("a rate with a fraction is kept over many messages")
{
    test::FakeClock clock;
    RateLimiter limiter(clock, 3.75);
    const Instant start = clock.now();
    for (int i = 0; i < 3750; ++i)
        clock.step(limiter.wait_for("S", 1));
    const Millis spent = clock.now() - start;
    CHECK(spent >= Millis(999'000));
    CHECK(spent <= Millis(1'000'500));
}

TEST_CASE("without a rate nobody waits")
{
    test::FakeClock clock;
    RateLimiter limiter(clock, std::nullopt);
    CHECK(limiter.wait_for("S", 100) == Millis(0));
    CHECK(limiter.wait_for("S", 100) == Millis(0));
}
