#pragma once

#include "commands/session.hpp"
#include "store/database.hpp"
#include "webhook/listener.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace smsctl {

/// Downloads media as it arrives, for workspaces that have a media-dir: from a thread and over a
/// database connection of its own, after the text is committed, so that nobody's answer waits for a
/// picture. What cannot be had is a problem for people and stands in the message's record.
class ListenMedia {
public:
    using OnProblem = std::function<void(std::string_view problem)>;

    /// `secrets` guards the session's connection, over which credentials are read. Once `stop` is
    /// requested nothing more is begun.
    ListenMedia(Session& session, std::mutex& secrets, OnProblem on_problem, std::stop_token stop);
    /// Downloads what waits, unless it was stopped.
    ~ListenMedia();
    ListenMedia(const ListenMedia&) = delete;
    ListenMedia& operator=(const ListenMedia&) = delete;

    /// For any thread.
    void see(const webhook::Received& received);

private:
    struct Item {
        Workspace workspace;
        sms::Message message;
    };
    static constexpr std::size_t most_waiting = 1000;

    void run(const std::stop_token& end);
    void keep(const Item& item);
    store::Database& database();
    void report(const sms::Message& message, std::string_view problem) const;

    Session& m_session;
    std::mutex& m_secrets;
    OnProblem m_on_problem;
    std::stop_token m_stop;
    std::optional<store::Database> m_database; ///< opened when it is needed, by the thread

    std::mutex m_mutex;
    std::condition_variable_any m_arrived;
    std::deque<Item> m_waiting; ///< guarded by `m_mutex`
    std::jthread m_thread;      ///< last: ends first
};

} // namespace smsctl
