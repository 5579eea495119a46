#pragma once

#include "providers/provider.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

namespace smsctl::delivery {

/// The network's own thread: keeps as many submits in flight as it may, so that neither the
/// database nor a slow reader of our output holds them up.
class Submission {
public:
    struct Order {
        std::int64_t ticket = 0;
        providers::Outgoing message;
    };

    Submission(std::unique_ptr<providers::Submitter> submitter, int limit);
    /// Starts nothing more and waits for what is in flight.
    ~Submission();
    Submission(const Submission&) = delete;
    Submission& operator=(const Submission&) = delete;

    /// To be started in this order, as soon as the limit allows.
    void hand_over(std::vector<Order> orders);
    /// How many may be in flight. After an answer that says "not sent" nothing is started until
    /// this is called.
    void resume(int limit);
    /// What was handed over and not started yet; it will not be.
    std::vector<std::int64_t> withdraw();
    /// Answers since the last call, after waiting for one until `stop` or `longest`; and for a few
    /// milliseconds more while the network has as much to do as it has done.
    std::vector<providers::Submitted> answers(std::optional<Millis> longest,
                                              const std::stop_token& stop);

private:
    void work(const std::stop_token& ended);
    /// What may be started now; the lock is held.
    std::vector<Order> next_orders();

    std::unique_ptr<providers::Submitter> m_submitter;
    std::mutex m_mutex;
    std::condition_variable_any m_answered;
    std::deque<Order> m_waiting;
    std::vector<providers::Submitted> m_answers;
    std::size_t m_limit;
    bool m_held = false;
    std::jthread m_thread; ///< last: ends first
};

} // namespace smsctl::delivery
