#include "core/cancel.hpp"
#include "core/clock.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <unistd.h>

using namespace smsctl;

TEST_CASE("a signal ends a wait at once and says which it was")
{
    const auto signal = GENERATE(SIGINT, SIGTERM);
    const Cancel cancel;
    SystemClock clock;
    CHECK(cancel.signal() == 0);
    CHECK(clock.wait(Millis(1), cancel.token()));
    REQUIRE(::kill(::getpid(), signal) == 0);
    const Instant start = clock.now();
    CHECK_FALSE(clock.wait(std::chrono::minutes(1), cancel.token()));
    CHECK(clock.now() - start < std::chrono::seconds(30));
    CHECK(cancel.signal() == signal);
}

TEST_CASE("the signal mask is the old one when cancelling is over")
{
    sigset_t before;
    sigset_t during;
    sigset_t after;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    {
        const Cancel cancel;
        pthread_sigmask(SIG_SETMASK, nullptr, &during);
    }
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    CHECK(sigismember(&during, SIGINT) == 1);
    CHECK(sigismember(&during, SIGTERM) == 1);
    CHECK(sigismember(&after, SIGINT) == sigismember(&before, SIGINT));
    CHECK(sigismember(&after, SIGTERM) == sigismember(&before, SIGTERM));
}
