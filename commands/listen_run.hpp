#pragma once

#include "commands/listen_backfill.hpp"
#include "commands/listen_display.hpp"
#include "commands/listen_exec.hpp"
#include "commands/listen_media.hpp"
#include "commands/listen_point.hpp"
#include "commands/listen_turns.hpp"
#include "commands/session.hpp"
#include "http/server.hpp"
#include "webhook/forwarder.hpp"
#include "webhook/listener.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace smsctl {

/// What was typed after `listen`.
struct ListenOptions {
    std::string addr = "127.0.0.1:8787";
    std::string tls_certificate; ///< a PEM file, as the key
    std::string tls_key;
    std::optional<std::string> public_url;
    std::string path = "/";
    bool once = false;
    std::optional<int> count;
    std::vector<std::string> matches;
    std::string ready_file;
    std::string point;               ///< a number
    std::optional<Instant> backfill; ///< how far back
    bool allow_unsigned = false;
    std::string forward_to;
    std::optional<int> retries;
    std::string exec;
    std::optional<int> most_procs;
    std::optional<std::string> reply;
    std::string reply_template;
};

/// Throws a usage error for what cannot be meant.
void check(const ListenOptions& options, Session& session);

/// What `listen` is made of. What comes later hands on to what stands before it, and ends first.
class Listening {
public:
    Listening(const ListenOptions& options, Session& session);

    /// Takes webhooks until it is stopped or all that was awaited came.
    void run();

private:
    void point();
    void begin();
    void look_back(ListenBackfill::OnProblem on_problem);
    void hand_on(ListenTurns::Item item);
    void announce();
    std::string url() const;
    std::string where_to() const;

    const ListenOptions& m_options;
    Session& m_session;
    std::stop_token m_stop; ///< made before any thread is
    std::stop_source m_done;
    std::stop_callback<std::function<void()>> m_on_stop;
    webhook::ListenerOptions m_settings;
    std::mutex m_secrets; ///< a secret is read over the session's one database connection
    std::optional<ListenDisplay> m_display;
    std::optional<ListenMedia> m_media;
    std::optional<ListenPoint> m_point;
    std::stop_source m_served; ///< with a pointed number: once it is put back
    std::optional<ListenExec> m_exec;
    std::optional<ListenTurns> m_turns;
    std::optional<webhook::Forwarder> m_forwarder;
    std::optional<ListenBackfill> m_backfill;
    std::optional<webhook::Listener> m_listener;
    http::Server m_server;
};

} // namespace smsctl
