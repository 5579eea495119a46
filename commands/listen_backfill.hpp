#pragma once

#include "commands/session.hpp"
#include "http/server.hpp"
#include "providers/provider.hpp"
#include "reconcile/reconciler.hpp"
#include "store/database.hpp"
#include "store/scope.hpp"
#include "webhook/forwarder.hpp"
#include "webhook/listener.hpp"

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace smsctl {

/// `listen --backfill`: what reached the workspace's numbers while nobody listened is fetched, and
/// shown, counted, forwarded and run commands for like the webhooks that did not come.
class ListenBackfill {
public:
    /// What is done with each once it is committed; called on the thread of this.
    using Hand = std::function<void(webhook::Received)>;
    /// Called there when it is over, however it ended.
    using OnEnd = std::function<void()>;
    using OnProblem = std::function<void(std::string_view problem)>;

    /// Looks `since` back, in a thread and over a database connection of its own, until `stop`.
    /// `path` is the listener's; `forwarder` may be none.
    ListenBackfill(Millis since,
                   std::string path,
                   Session& session,
                   webhook::Forwarder* forwarder,
                   Hand hand,
                   OnEnd on_end,
                   OnProblem on_problem,
                   std::stop_token stop);
    /// Waits until it is over.
    ~ListenBackfill() = default;
    ListenBackfill(const ListenBackfill&) = delete;
    ListenBackfill& operator=(const ListenBackfill&) = delete;

private:
    void run(const std::stop_token& stop);
    void look_back(const std::stop_token& stop);
    void enter(updates::Applied& applied, const providers::InboundMessage& inbound);
    void hand_on(const updates::Applied& applied);

    Millis m_since;
    std::string m_path;
    Clock& m_clock;
    store::Database m_database;
    store::Scope m_scope;
    std::unique_ptr<providers::Provider> m_provider;
    webhook::Forwarder* m_forwarder;
    Hand m_hand;
    OnEnd m_on_end;
    OnProblem m_on_problem;
    std::map<std::int64_t, webhook::Entered> m_entered; ///< by event, until it is committed
    std::jthread m_thread;                              ///< last: ends first
};

} // namespace smsctl
