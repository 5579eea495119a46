#include "reconcile/planner.hpp"
#include "support/builders.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace smsctl;
using namespace std::chrono_literals;
using reconcile::Span;
using test::noon;

namespace {

/// `count` instants, `apart` from each other, the newest `age` before noon; oldest first.
std::vector<Instant> dates(std::size_t count, Millis age, Millis apart = 1s)
{
    std::vector<Instant> made;
    for (std::size_t i = count; i > 0; --i)
        made.push_back(noon - age - (static_cast<Millis::rep>(i) - 1) * apart);
    return made;
}

std::vector<Instant> both(std::vector<Instant> older, const std::vector<Instant>& newer)
{
    older.insert(older.end(), newer.begin(), newer.end());
    return older;
}

/// An account with so many messages an hour, all day and night.
reconcile::Traffic hourly(std::size_t messages)
{
    return [messages](Instant from, Instant to) {
        return static_cast<std::size_t>((to - from) / 1min) * messages / 60;
    };
}

} // namespace

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

TEST_CASE("a plan takes the fewest requests that are known to do")
{
    struct Case {
        std::string name;
        std::vector<Instant> dates;
        std::size_t hourly;
        std::size_t spans;
        std::size_t requests;
    };
    const auto& row = GENERATE(values<Case>({
        {"nothing", {}, 1000, 0, 0},
        {"one among many", dates(1, 1h), 60'000, 1, 1},
        {"a page's worth on a quiet day", dates(900, 1h), 0, 1, 1},
        {"a hundred pages' worth", dates(100'000, 1h, 100ms), 0, 1, 100},
        {"five, hours apart, among many", dates(5, 1h, 10h), 6000, 0, 5},
        {"a list of yesterday and a few of today",
         both(dates(5000, 24h, 100ms), dates(3, 1h, 2h)),
         6000,
         3,
         8},
        {"two lists with a busy day between",
         both(dates(3000, 48h, 100ms), dates(2000, 1h, 100ms)),
         1000,
         2,
         5},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const reconcile::Plan plan = reconcile::plan(row.dates, hourly(row.hourly));
        CHECK(plan.requests <= row.requests);
        if (row.hourly < 6000)
            CHECK(plan.spans.size() == row.spans);
        for (const Span& span : plan.spans)
            CHECK(span.from <= span.to);
    }
}

TEST_CASE("a plan asks how busy the account is a bounded number of times")
{
    int asked = 0;
    reconcile::plan(dates(100'000, 1h, 20s), [&asked](Instant, Instant) {
        ++asked;
        return std::size_t{10'000'000};
    });
    CHECK(asked < 300);
}

TEST_CASE("the parts of a span fill whole pages and leave out no time")
{
    struct Case {
        std::string name;
        std::size_t messages;
        std::size_t fewest;
        std::size_t most;
    };
    const auto& row = GENERATE(values<Case>({
        {"a page", 900, 1, 1},
        {"too few pages to be worth it", 7000, 1, 1},
        {"sixteen pages", 16'000, 2, 5},
        {"a hundred pages", 100'000, 7, 9},
        {"a thousand pages", 1'000'000, 7, 9},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const std::vector<Instant> all = dates(row.messages, 1h, 100ms);
        const Span span{all.front(), all.back()};
        const std::vector<Span> parts = reconcile::cut(span, all, row.messages);
        CHECK(parts.size() >= row.fewest);
        CHECK(parts.size() <= row.most);
        CHECK(parts.front().to == span.to);
        CHECK(parts.back().from == span.from);
        std::size_t pages = 0;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (i > 0)
                CHECK(parts[i].to == parts[i - 1].from);
            const auto count = std::count_if(all.begin(), all.end(), [&](Instant at) {
                return parts[i].from <= at && at <= parts[i].to;
            });
            pages += reconcile::pages_for(static_cast<std::size_t>(count));
        }
        CHECK(pages <= reconcile::pages_for(row.messages) + 2 + row.messages / 50'000);
    }
}

TEST_CASE("a span of which little is known is not cut")
{
    const std::vector<Instant> few = dates(1000, 1h, 1min);
    CHECK(reconcile::cut({few.front(), few.back()}, few, 100'000).size() == 1);
}

TEST_CASE("a message is due once for each of its checks")
{
    struct Case {
        std::string name;
        Millis age;
        std::optional<Millis> polled; ///< at this age
        bool due;
        bool price_due;
    };
    const auto& row = GENERATE(values<Case>({
        {"too young", 59s, {}, false, false},
        {"a minute", 1min, {}, true, false},
        {"asked at a minute", 4min, 1min, false, false},
        {"five minutes", 5min, 1min, true, false},
        {"asked at five", 29min, 6min, false, false},
        {"never asked", 29min, {}, true, false},
        {"half an hour", 30min, 6min, true, false},
        {"two hours", 2h, 31min, true, true},
        {"asked at two", 11h, 3h, false, false},
        {"half a day", 12h, 3h, true, true},
        {"a day", 24h, 13h, true, true},
        {"asked that day", 47h, 25h, false, false},
        {"the day after", 48h, 25h, true, true},
        {"the ninth day", 24h * 9, 24h * 8, true, false},
    }));
    DYNAMIC_SECTION(row.name)
    {
        store::PollCandidate message;
        message.waits_until = message.status_at = noon - row.age;
        if (row.polled)
            message.polled_at = message.waits_until + *row.polled;
        CHECK(reconcile::is_due(message, noon) == row.due);
        CHECK(reconcile::is_price_due(message, noon) == row.price_due);
    }
}
