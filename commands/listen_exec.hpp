#pragma once

#include "commands/session.hpp"
#include "webhook/command_runner.hpp"
#include "webhook/forwarder.hpp"
#include "webhook/listener.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace smsctl {

/// The words of an --exec value; throws `usage.exec`.
std::vector<std::string> exec_words(const std::string& command);

/// `listen --exec`: what the command gets of each event, and when its turn comes, which is after
/// the provider was answered and the application told once.
class ListenExec {
public:
    struct Settings {
        std::vector<std::string> words; ///< argv
        int most_at_once = 4;
        bool forwards = false; ///< an application is told of the events, too
    };
    ListenExec(const Settings& settings,
               Session& session,
               webhook::CommandRunner::OnProblem on_problem,
               std::stop_token stop);
    ~ListenExec();
    ListenExec(const ListenExec&) = delete;
    ListenExec& operator=(const ListenExec&) = delete;

    // For any thread.
    void see(const webhook::Received& received);
    void see(const webhook::ForwardAttempt& attempt);

private:
    webhook::CommandRun run_for(const webhook::Received& received) const;

    bool m_forwards;
    EnvironmentChanges m_environment; ///< the same for each
    std::mutex m_mutex;
    std::map<std::int64_t, webhook::CommandRun> m_until_told; ///< by event; guarded by `m_mutex`
    webhook::CommandRunner m_runner;
};

} // namespace smsctl
