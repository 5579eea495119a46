#pragma once

// Private to the forwarder: its thread, and what that has in hand.

#include "http/pool.hpp"
#include "store/database.hpp"
#include "store/outbox.hpp"
#include "webhook/forwarder.hpp"
#include "webhook/held_answers.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <vector>

namespace smsctl::webhook {

class Forwarder::Loop {
public:
    Loop(const std::string& location,
         ForwarderOptions options,
         SecretOf secret_of,
         OnAttempt on_attempt,
         OnProblem on_problem,
         Clock& clock,
         std::stop_token stop);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    Entered enter(store::Scope& scope, sms::Event& event, const http::ServerRequest& request);
    void drop(std::int64_t event_seq);
    void take(ToForward item);

private:
    using Monotonic = std::chrono::steady_clock;
    static constexpr std::size_t most_in_hand = 256;
    static constexpr Millis lease_length = std::chrono::seconds(150);

    struct Item {
        Workspace workspace;
        Entered entered;
    };
    struct KnownSecret {
        Secret secret;
        Monotonic::time_point read_at;
    };

    void run();
    bool is_over();
    bool is_coming(std::int64_t event_seq);
    void has_come(std::int64_t event_seq);
    void take_inbox();
    void heed_stop();
    void look();
    void look_at(const Workspace& workspace, Instant now, bool hold);
    void begin();
    void begin_attempt(const Item& item);
    const Secret& secret(const Workspace& workspace);
    void finish(std::int64_t event_seq, http::Result result);
    void record();
    void end();
    std::optional<Millis> patience() const;
    std::vector<Workspace> workspaces();
    void report(const std::exception& error) const;
    void look_within(Millis pause)
    {
        m_next_look = std::min(m_next_look, Monotonic::now() + pause);
    }
    bool is_drained() const { return m_drained_at && Monotonic::now() >= *m_drained_at; }
    bool has_room() const { return m_in_hand.size() <= most_in_hand / 2; }

    const ForwarderOptions m_options;
    SecretOf m_secret_of;
    OnAttempt m_on_attempt;
    OnProblem m_on_problem;
    Clock& m_clock;
    const std::string m_owner = store::this_process();
    store::Database m_database;
    http::Pool m_pool{"smsctl", {}};
    std::map<std::int64_t, KnownSecret> m_secrets; ///< by workspace row
    HeldAnswers m_held;
    std::map<std::int64_t, Item> m_in_hand; ///< by event: ready, in flight or not recorded
    std::deque<std::int64_t> m_ready;       ///< to be tried, in this order
    std::vector<std::int64_t> m_unrecorded; ///< tried, and not yet in the database
    Monotonic::time_point m_next_look{};    ///< at what the database says is due
    Monotonic::time_point m_next_hold{};    ///< of leases
    Monotonic::time_point m_next_record{};  ///< after one that failed
    std::optional<Monotonic::time_point> m_drained_at; ///< set once `m_stop` was heeded
    std::minstd_rand m_random{std::random_device{}()};

    std::mutex m_mutex;
    std::vector<ToForward> m_inbox; ///< guarded by `m_mutex`
    /// Events that were entered and have not left the inbox, and how often (a number that was
    /// rolled back is given out again): in the database they may be due already. Guarded by
    /// `m_mutex`.
    std::map<std::int64_t, int> m_coming;
    bool m_closing = false; ///< guarded by `m_mutex`
    std::stop_token m_stop;
    std::stop_callback<std::function<void()>> m_on_stop;
    std::jthread m_thread; ///< last: ends first
};

} // namespace smsctl::webhook
