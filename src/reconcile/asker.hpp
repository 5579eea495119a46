#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "providers/rate_limiter.hpp"
#include "sms/message.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace smsctl::reconcile {

/// What may be spent.
struct Limits {
    int max_requests = 0;            ///< 0: no limit
    std::optional<double> rate = {}; ///< requests a second
    std::size_t at_once = 8;
    bool has_asked = false; ///< a request was just made: the first waits as the rate says
};

/// What became of a read, and what is known here of the messages on a page.
struct Answer {
    providers::ReadOutcome outcome; ///< never NotNow
    std::vector<sms::Message> known;
};

/// Reads many things of a provider at once, in a thread of its own, so that the network and the
/// database need not wait for each other. Every request counts, the repeated ones as well: up to
/// four tries a read, more when the provider says to slow down, which halves what is under way.
/// What is asked for when the limit or the signal has come is dropped.
class Asker {
public:
    using OnAnswer = std::function<void(Answer&&)>;
    /// Called in the thread that reads.
    using LookUp = std::function<std::vector<sms::Message>(const providers::ReadOutcome&)>;

    Asker(std::unique_ptr<providers::Reader> reader,
          LookUp look_up,
          Clock& clock,
          const Limits& limits,
          std::stop_token stop);
    /// Gives up what is under way.
    ~Asker();
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;

    void ask(providers::MessageRead read, OnAnswer on_answer);
    /// Hands out answers, in this thread, until nothing is asked any more. Handlers may ask more;
    /// what one throws comes out here.
    void run();
    int requests() const;
    /// Something was asked for and will not be answered: a limit or a signal.
    bool stopped() const;

private:
    struct Order {
        std::int64_t ticket = 0;
        providers::MessageRead read;
        int tries = 0;
    };

    using Answered = std::pair<std::int64_t, Answer>; ///< by ticket

    std::optional<Answered> next_answer();
    void work(const std::stop_token& ended);
    /// The orders that may begin now, or how long none may; both empty when none waits.
    std::vector<Order> next_orders(std::optional<Millis>& pause);
    bool is_over() const;
    void take(providers::ReadAnswer answer);
    bool try_again(Order& order, const providers::NotNow& reason);

    Clock& m_clock;
    const Limits m_limits;
    const std::stop_token m_stop;
    std::unique_ptr<providers::Reader> m_reader; ///< the thread's alone, but for `wake`
    LookUp m_look_up;                            ///< the thread's alone
    providers::RateLimiter m_rate;
    std::minstd_rand m_random;

    mutable std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<Order> m_waiting;
    std::map<std::int64_t, Order> m_under_way;
    std::deque<Answered> m_answers;
    std::size_t m_at_once;
    std::size_t m_calm = 0; ///< answers since `m_at_once` was changed
    Instant m_hold_until;
    int m_requests = 0;
    bool m_stopped = false;

    std::int64_t m_last_ticket = 0;
    std::map<std::int64_t, OnAnswer> m_handlers;
    std::jthread m_thread; ///< last: it uses the rest
};

} // namespace smsctl::reconcile
