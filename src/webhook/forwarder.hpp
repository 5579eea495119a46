#pragma once

#include "core/clock.hpp"
#include "core/secret.hpp"
#include "http/server.hpp"
#include "sms/event.hpp"
#include "store/forwards.hpp"
#include "webhook/forward_request.hpp"
#include "workspace/workspace.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

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
    class Loop;
    std::unique_ptr<Loop> m_loop;
};

} // namespace smsctl::webhook
