#pragma once

#include "core/clock.hpp"
#include "core/secret.hpp"
#include "http/pool.hpp"
#include "http/server.hpp"
#include "sms/event.hpp"
#include "store/database.hpp"
#include "store/forwards.hpp"
#include "store/outbox.hpp"
#include "webhook/forward_request.hpp"
#include "webhook/held_answers.hpp"
#include "workspace/workspace.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace smsctl::webhook {

struct ForwarderOptions {
    std::string url; ///< the application's
    RetryPolicy retry;
    bool allow_unsigned = false;                     ///< where there is no secret to sign with
    Workspace home;                                  ///< what is left over is looked for here
    bool only_home = false;                          ///< and in every workspace when this is false
    Millis answer_within = std::chrono::seconds(10); ///< to pass the application's answer back
    Millis attempt_within = std::chrono::seconds(30);
    Millis drain = std::chrono::seconds(10); ///< for attempts in flight at the end
};

/// A webhook whose forward is written in the same transaction.
struct Entered {
    std::int64_t event_seq = 0;
    std::string event_id;
    sms::Forward forward;
    ForwardedRequest request;
};

/// A webhook that was committed together with its forward, and the provider who waits.
struct ToForward {
    Workspace workspace;
    Entered entered;
    http::Responder respond;
    http::ServerResponse otherwise; ///< what the provider gets when the application says nothing
};

/// What one attempt came to, after it was committed.
struct ForwardAttempt {
    Workspace workspace;
    std::int64_t event_seq = 0;
    std::string event_id;
    std::string method;
    sms::Forward forward; ///< as it is now
};

/// Tells an application of webhooks, from a thread and over a database connection of its own: what
/// `take` is handed at once, and what the database says is due. What is to be told stands in the
/// database before anybody is answered, so a crash loses nothing; at worst the application is told
/// once more of what it took just before.
class Forwarder {
public:
    /// As the listener's; called on the forwarder's thread, at most once a minute for a workspace.
    using SecretOf = std::function<Secret(const Workspace&)>;
    /// Called on the forwarder's thread.
    using OnAttempt = std::function<void(const ForwardAttempt&)>;
    using OnProblem = std::function<void(std::string_view problem)>;

    /// Begins no attempt once `stop` is requested, and holds no answer for one that is not under
    /// way.
    Forwarder(const std::string& database_location,
              ForwarderOptions options,
              SecretOf secret_of,
              OnAttempt on_attempt,
              OnProblem on_problem,
              Clock& clock,
              std::stop_token stop);
    /// Waits for what is in flight, leaves the rest to the next listener.
    ~Forwarder();
    Forwarder(const Forwarder&) = delete;
    Forwarder& operator=(const Forwarder&) = delete;

    /// Writes, in the transaction that wrote `event`, that the application must be told of it, and
    /// fills in the event's forward. `take` or `drop` must follow. For any thread.
    Entered enter(store::Scope& scope, sms::Event& event, const http::ServerRequest& request);
    /// That transaction, or this part of it, was not committed.
    void drop(const Entered& entered);
    /// Tells the application of it and answers the provider.
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
