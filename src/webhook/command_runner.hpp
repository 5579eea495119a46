#pragma once

#include "core/child.hpp"
#include "core/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::webhook {

/// A program that is run for every event, and how many of it.
struct CommandOptions {
    std::vector<std::string> words; ///< argv; no shell
    int most_at_once = 4;
    std::size_t most_waiting = 10'000;
    Millis time_limit = std::chrono::seconds(30); ///< then SIGTERM
    Millis grace = std::chrono::seconds(5);       ///< then SIGKILL
    Millis drain = std::chrono::seconds(10);      ///< for those that run when it ends
};

/// One run of it.
struct CommandRun {
    std::string event_id; ///< names it in what is said of it
    EnvironmentChanges environment;
    std::string input; ///< what its stdin gives
};

/// Runs a program for one event after another, some side by side, from a thread of its own. What
/// it does with the event is its own business: a failure is told and changes nothing.
class CommandRunner {
public:
    using OnProblem = std::function<void(std::string_view problem)>;

    /// `on_problem` is called on the runner's thread. Begins no run once `stop` is requested, and
    /// ends those that do not end by themselves.
    CommandRunner(CommandOptions options, OnProblem on_problem, std::stop_token stop);
    /// Runs what waits, unless stopped, and waits for all that run.
    ~CommandRunner();
    CommandRunner(const CommandRunner&) = delete;
    CommandRunner& operator=(const CommandRunner&) = delete;

    /// For any thread.
    void add(CommandRun run);

private:
    class Loop;
    std::unique_ptr<Loop> m_loop;
};

} // namespace smsctl::webhook
