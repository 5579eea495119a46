#include "delivery/submission.hpp"
#include "support/loopback_server.hpp"

#include <catch2/catch.hpp>

#include <condition_variable>
#include <mutex>
#include <set>

using namespace smsctl;
using delivery::Submission;
using providers::Submitted;

namespace {

/// A far end whose answers the test gives, from its own thread.
class FarEnd {
public:
    /// Waits until `count` submits were begun in all.
    std::vector<std::int64_t> begun(std::size_t count)
    {
        std::unique_lock lock(m_mutex);
        REQUIRE(m_changed.wait_for(lock, test::patience, [&] { return m_begun.size() >= count; }));
        return m_begun;
    }
    void answer(std::int64_t ticket, providers::SubmitOutcome outcome)
    {
        const std::lock_guard lock(m_mutex);
        m_answers.push_back({ticket, std::move(outcome)});
        m_changed.notify_all();
    }
    void accept(std::int64_t ticket) { answer(ticket, providers::Accepted{}); }

    class Line final : public providers::Submitter {
    public:
        explicit Line(FarEnd& far_end) : m_far_end(far_end) {}
        void start(std::int64_t ticket, const providers::Outgoing& /*message*/) override
        {
            const std::lock_guard lock(m_far_end.m_mutex);
            m_in_flight.insert(ticket);
            m_far_end.m_begun.push_back(ticket);
            m_far_end.m_most = std::max(m_far_end.m_most, m_in_flight.size());
            m_far_end.m_changed.notify_all();
        }
        std::size_t in_flight() const override { return m_in_flight.size(); }
        std::vector<Submitted> wait(std::optional<Millis> /*longest*/) override
        {
            std::unique_lock lock(m_far_end.m_mutex);
            m_far_end.m_changed.wait(
                lock, [&] { return !m_far_end.m_answers.empty() || m_far_end.m_woken; });
            m_far_end.m_woken = false;
            for (const Submitted& answer : m_far_end.m_answers)
                m_in_flight.erase(answer.ticket);
            return std::exchange(m_far_end.m_answers, {});
        }
        void wake() override
        {
            const std::lock_guard lock(m_far_end.m_mutex);
            m_far_end.m_woken = true;
            m_far_end.m_changed.notify_all();
        }

    private:
        FarEnd& m_far_end;
        std::set<std::int64_t> m_in_flight;
    };

    std::size_t most_in_flight()
    {
        const std::lock_guard lock(m_mutex);
        return m_most;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<std::int64_t> m_begun;
    std::vector<Submitted> m_answers;
    std::size_t m_most = 0;
    bool m_woken = false;
};

std::vector<Submission::Order> orders(std::int64_t first, std::int64_t last)
{
    std::vector<Submission::Order> all;
    for (std::int64_t ticket = first; ticket <= last; ++ticket)
        all.push_back({ticket, {}});
    return all;
}

using Tickets = std::vector<std::int64_t>;

} // namespace

TEST_CASE("no more than the limit is in flight, and orders go in their order", "[submission]")
{
    FarEnd far_end;
    Submission submission(std::make_unique<FarEnd::Line>(far_end), 3);
    submission.hand_over(orders(1, 10));
    for (std::int64_t ticket = 1; ticket <= 10; ++ticket) {
        far_end.begun(static_cast<std::size_t>(std::min<std::int64_t>(10, ticket + 2)));
        far_end.accept(ticket);
    }
    std::size_t answered = 0;
    while (answered < 10)
        answered += submission.answers(test::patience, {}).size();
    CHECK(far_end.begun(10) == Tickets{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    CHECK(far_end.most_in_flight() == 3);
}

TEST_CASE("after an answer that says not sent nothing is begun until somebody says so",
          "[submission]")
{
    FarEnd far_end;
    Submission submission(std::make_unique<FarEnd::Line>(far_end), 2);
    submission.hand_over(orders(1, 6));
    far_end.begun(2);
    far_end.answer(1, providers::NotSent{});
    REQUIRE(submission.answers(test::patience, {}).size() == 1);
    far_end.accept(2);
    REQUIRE(submission.answers(test::patience, {}).size() == 1);
    CHECK(far_end.begun(2) == Tickets{1, 2}); // its thread has been around since
    submission.resume(1);
    CHECK(far_end.begun(3) == Tickets{1, 2, 3});
    submission.resume(2);
    CHECK(far_end.begun(4) == Tickets{1, 2, 3, 4});
    far_end.accept(3);
    far_end.accept(4);
    far_end.begun(6);
    far_end.accept(5);
    far_end.accept(6);
}

TEST_CASE("what was not begun can be taken back, and is never begun", "[submission]")
{
    FarEnd far_end;
    {
        Submission submission(std::make_unique<FarEnd::Line>(far_end), 2);
        submission.hand_over(orders(1, 5));
        far_end.begun(2);
        CHECK(submission.withdraw() == Tickets{3, 4, 5});
        CHECK(submission.withdraw().empty());
        far_end.accept(1);
        far_end.accept(2);
    }
    CHECK(far_end.begun(2) == Tickets{1, 2});
}

TEST_CASE("the end waits for what is in flight and begins nothing more", "[submission]")
{
    FarEnd far_end;
    std::atomic<bool> ended = false;
    bool ended_early = false;
    std::jthread answering;
    {
        Submission submission(std::make_unique<FarEnd::Line>(far_end), 2);
        submission.hand_over(orders(1, 5));
        far_end.begun(2);
        answering = std::jthread([&] {
            far_end.accept(1);
            ended_early = ended;
            far_end.accept(2);
        });
    }
    ended = true;
    answering.join();
    CHECK_FALSE(ended_early);
    CHECK(far_end.begun(2) == Tickets{1, 2});
}

TEST_CASE("a stop ends the waiting for answers, and so does its time", "[submission]")
{
    FarEnd far_end;
    Submission submission(std::make_unique<FarEnd::Line>(far_end), 2);
    std::stop_source stop;
    std::jthread stopping([&] { stop.request_stop(); });
    CHECK(submission.answers({}, stop.get_token()).empty());
    CHECK(submission.answers(Millis(1), {}).empty());
}
