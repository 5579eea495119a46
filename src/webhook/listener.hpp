#pragma once

#include "core/clock.hpp"
#include "core/secret.hpp"
#include "http/server.hpp"
#include "providers/provider.hpp"
#include "sms/event.hpp"
#include "sms/message.hpp"
#include "store/database.hpp"
#include "webhook/replier.hpp"
#include "workspace/workspace.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::webhook {

class Forwarder;

struct ListenerOptions {
    std::string path = "/"; ///< requests elsewhere get 404
    std::string public_url; ///< empty: the URL is rebuilt from the request
    bool allow_unsigned = false;
    Workspace home;                 ///< where requests that are nobody's are recorded
    bool only_home = false;         ///< true when the user named the workspace: others get 404
    std::size_t max_waiting = 1000; ///< requests not yet committed; more get 503
    /// Of a workspace's refused requests as many are kept, the newest; looked at after each so
    /// many.
    std::int64_t refused_kept = 10'000;
    std::int64_t refused_at_once = 1000;
    /// Told, on the writer thread, why requests got 500 or 503; empty: nobody is.
    std::function<void(std::string_view problem)> on_problem;
    Forwarder* forwarder = nullptr; ///< tells an application of what is news; none: nobody is told
    ReplyOptions reply; ///< beside the workspaces' rules; with a forwarder the application answers
    /// Told, on the writer thread, why a text that was taken got no reply; empty: nobody is.
    std::function<void(std::string_view problem)> on_reply_problem;
};

/// One request after it was committed.
struct Received {
    int http_status = 200;
    Workspace workspace;
    sms::Event event;
    std::optional<sms::Message> message;
    bool is_news = false;                   ///< verified, and the first webhook to say so
    std::optional<sms::Message> reply = {}; ///< what the answer texts back
};

/// A callback in, an HTTP status out. `handle` runs on the server's thread and only queues; one
/// writer thread takes whatever is waiting, checks signatures, applies all of it in one
/// transaction, commits, and only then answers, or leaves the answer to the forwarder. What was not
/// applied is committed too, as an event that says why, before its 4xx leaves; 500 and 503 say that
/// nothing was stored.
class Listener {
public:
    /// Gives the secret that signs a workspace's webhooks; throws when there is none. Called on the
    /// writer thread, at most once a minute for a workspace while signatures hold.
    using SecretOf = std::function<Secret(const Workspace&)>;
    /// Called on the writer thread after the commit and before the answer leaves.
    using OnReceived = std::function<void(Received)>;

    /// Opens its own connection to `database_location`.
    Listener(const std::string& database_location,
             ListenerOptions options,
             SecretOf secret_of,
             OnReceived on_received,
             Clock& clock);
    /// Commits and answers what is waiting, then ends the writer.
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    void handle(http::ServerRequest request, http::Responder respond);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace smsctl::webhook
