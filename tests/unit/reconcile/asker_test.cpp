#include "core/error.hpp"
#include "reconcile/asker.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <string>
#include <utility>
#include <vector>

using namespace smsctl;
using namespace std::chrono_literals;
using providers::MessageRead;
using providers::NotNow;
using providers::ReadAnswer;
using providers::ReadOutcome;
using reconcile::Asker;
using reconcile::Limits;

namespace {

/// What a far end was asked, when, and how much of it at once.
struct Log {
    std::vector<Instant> at;
    std::size_t most_at_once = 0;
};

/// Answers reads in their order: first with `refusals`, then with a message.
class ScriptedReader final : public providers::Reader {
public:
    ScriptedReader(Log& log, const Clock& clock, std::deque<NotNow> refusals = {})
        : m_log(log), m_clock(clock), m_refusals(std::move(refusals))
    {
    }

    void start(std::int64_t ticket, const MessageRead& read) override
    {
        m_log.at.push_back(m_clock.now());
        m_begun.emplace_back(ticket, read.provider_id);
        m_log.most_at_once = std::max(m_log.most_at_once, m_begun.size());
    }
    std::size_t in_flight() const override { return m_begun.size(); }
    std::vector<ReadAnswer> wait(std::optional<Millis>) override
    {
        std::vector<ReadAnswer> answers;
        for (const auto& [ticket, id] : std::exchange(m_begun, {})) {
            if (!m_refusals.empty()) {
                answers.push_back({ticket, m_refusals.front()});
                m_refusals.pop_front();
                continue;
            }
            providers::RemoteMessage message;
            message.provider_id = id;
            answers.push_back({ticket, std::optional(message)});
        }
        return answers;
    }
    void wake() override {}

private:
    Log& m_log;
    const Clock& m_clock;
    std::deque<NotNow> m_refusals;
    std::vector<std::pair<std::int64_t, std::string>> m_begun;
};

const Error too_fast(Exit::unavailable, "provider.rate_limited", "slow down");

std::vector<sms::Message> nothing_known(const ReadOutcome& /*outcome*/)
{
    return {};
}

/// Asks for so many messages; gives how many were answered.
int ask_all(Asker& asker, int count)
{
    int answered = 0;
    for (int i = 0; i < count; ++i) {
        MessageRead read;
        read.what = MessageRead::What::message;
        read.provider_id = std::to_string(i);
        asker.ask(read, [&answered](reconcile::Answer&& answer) {
            if (const auto* error = std::get_if<Error>(&answer.outcome))
                throw Error(*error);
            ++answered;
        });
    }
    asker.run();
    return answered;
}

} // namespace

TEST_CASE("what is asked is answered, several at once")
{
    test::FakeClock clock;
    Log log;
    Asker asker(
        std::make_unique<ScriptedReader>(log, clock), nothing_known, clock, {.at_once = 8}, {});
    CHECK(ask_all(asker, 100) == 100);
    CHECK(asker.requests() == 100);
    CHECK(log.most_at_once <= 8);
    CHECK_FALSE(asker.stopped());
    CHECK(ask_all(asker, 3) == 3); // once more
}

TEST_CASE("no more is asked than may be, repeated requests included")
{
    test::FakeClock clock;
    Log log;
    std::deque<NotNow> refusals(4, NotNow{too_fast, Millis(0), true});
    Asker asker(std::make_unique<ScriptedReader>(log, clock, refusals),
                nothing_known,
                clock,
                {.max_requests = 10},
                {});
    CHECK(ask_all(asker, 100) == 6);
    CHECK(asker.requests() == 10);
    CHECK(log.at.size() == 10);
    CHECK(asker.stopped());
}

TEST_CASE("a rate spaces requests out evenly")
{
    test::FakeClock clock;
    Log log;
    Asker asker(
        std::make_unique<ScriptedReader>(log, clock), nothing_known, clock, {.rate = 5}, {});
    CHECK(ask_all(asker, 21) == 21);
    for (std::size_t i = 1; i < log.at.size(); ++i)
        CHECK(log.at[i] - log.at[i - 1] >= 199ms);
}

TEST_CASE("a 429 is obeyed by everything that is asked after it")
{
    test::FakeClock clock;
    Log log;
    std::deque<NotNow> refusals(1, NotNow{too_fast, 7s, true});
    Asker asker(std::make_unique<ScriptedReader>(log, clock, refusals),
                nothing_known,
                clock,
                {.at_once = 1},
                {});
    CHECK(ask_all(asker, 5) == 5);
    REQUIRE(log.at.size() == 6);
    CHECK(log.at[1] - log.at[0] >= 7s);
}

TEST_CASE("what fails again and again is an error in the end, and a long wait at once")
{
    test::FakeClock clock;
    Log log;
    const Error down(Exit::unavailable, "provider.unavailable", "down");
    SECTION("four tries")
    {
        std::deque<NotNow> refusals(4, NotNow{down, {}, false});
        Asker asker(
            std::make_unique<ScriptedReader>(log, clock, refusals), nothing_known, clock, {}, {});
        CHECK_THROWS_AS(ask_all(asker, 1), Error);
        CHECK(log.at.size() == 4);
    }
    SECTION("an hour")
    {
        std::deque<NotNow> refusals(1, NotNow{too_fast, 1h, true});
        Asker asker(
            std::make_unique<ScriptedReader>(log, clock, refusals), nothing_known, clock, {}, {});
        CHECK_THROWS_AS(ask_all(asker, 1), Error);
        CHECK(log.at.size() == 1);
    }
}

TEST_CASE("after a signal nothing more is asked")
{
    test::FakeClock clock;
    Log log;
    std::stop_source stop;
    stop.request_stop();
    Asker asker(
        std::make_unique<ScriptedReader>(log, clock), nothing_known, clock, {}, stop.get_token());
    CHECK(ask_all(asker, 5) == 0);
    CHECK(log.at.empty());
    CHECK(asker.stopped());
}
