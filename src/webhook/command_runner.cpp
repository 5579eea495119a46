#include "webhook/command_runner.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace smsctl::webhook {

namespace {

using Monotonic = std::chrono::steady_clock;

constexpr int exit_by_signal = 128;

std::string how_it_ended(int status)
{
    return status > exit_by_signal ? fmt::format("ended by signal {}", status - exit_by_signal)
                                   : fmt::format("exit {}", status);
}

/// One that runs.
struct Running {
    std::string event_id;
    std::unique_ptr<Child> child;
    Monotonic::time_point deadline; ///< of what it is allowed now
    int signals = 0;                ///< how many were sent to end it
};

} // namespace

class CommandRunner::Loop {
public:
    Loop(CommandOptions options, OnProblem on_problem, std::stop_token stop);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void add(CommandRun run);

private:
    void run();
    bool is_over();
    std::optional<CommandRun> next();
    void begin();
    void heed_stop();
    void wait();
    void collect();
    void enforce(Running& running);
    int milliseconds_left() const;
    void leave_out(std::size_t count);
    void problem(const std::string& event_id, std::string_view what) const;
    void wake() const;

    const CommandOptions m_options;
    OnProblem m_on_problem;
    int m_wake;
    std::vector<Running> m_running;
    bool m_stopped = false; ///< `m_stop` was heeded

    std::mutex m_mutex;
    std::deque<CommandRun> m_waiting; ///< guarded by `m_mutex`
    std::size_t m_left_out = 0;       ///< guarded by `m_mutex`
    bool m_closing = false;           ///< guarded by `m_mutex`
    std::stop_token m_stop;
    std::stop_callback<std::function<void()>> m_on_stop;
    std::jthread m_thread; ///< last: ends first
};

CommandRunner::Loop::Loop(CommandOptions options, OnProblem on_problem, std::stop_token stop)
    : m_options(std::move(options)),
      m_on_problem(std::move(on_problem)),
      m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      m_stop(std::move(stop)),
      m_on_stop(m_stop, [this] { wake(); }),
      m_thread([this] { run(); })
{
}

CommandRunner::Loop::~Loop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_closing = true;
    }
    wake();
    m_thread.join();
    ::close(m_wake);
}

void CommandRunner::Loop::add(CommandRun run)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_waiting.size() >= m_options.most_waiting)
            ++m_left_out;
        else
            m_waiting.push_back(std::move(run));
    }
    wake();
}

void CommandRunner::Loop::wake() const
{
    const std::uint64_t one = 1;
    static_cast<void>(::write(m_wake, &one, sizeof one));
}

void CommandRunner::Loop::run()
{
    while (true) {
        heed_stop();
        begin();
        if (is_over())
            break;
        wait();
        collect();
        for (Running& running : m_running)
            if (Monotonic::now() >= running.deadline)
                enforce(running);
    }
    const std::lock_guard lock(m_mutex);
    leave_out(m_left_out + m_waiting.size());
}

bool CommandRunner::Loop::is_over()
{
    const std::lock_guard lock(m_mutex);
    return m_closing && m_running.empty() && (m_waiting.empty() || m_stopped);
}

std::optional<CommandRun> CommandRunner::Loop::next()
{
    const std::lock_guard lock(m_mutex);
    if (m_waiting.empty())
        return std::nullopt;
    CommandRun run = std::move(m_waiting.front());
    m_waiting.pop_front();
    return run;
}

void CommandRunner::Loop::begin()
{
    while (!m_stopped && std::cmp_less(m_running.size(), m_options.most_at_once)) {
        const std::optional<CommandRun> run = next();
        if (!run)
            return;
        try {
            m_running.push_back({run->event_id,
                                 std::make_unique<Child>(
                                     m_options.words, run->environment, Kinship::apart, run->input),
                                 Monotonic::now() + m_options.time_limit});
        } catch (const std::exception& error) {
            problem(run->event_id, error.what());
        }
    }
}

/// From now on only what runs is waited for, and for no longer than the drain.
void CommandRunner::Loop::heed_stop()
{
    if (m_stopped || !m_stop.stop_requested())
        return;
    m_stopped = true;
    for (Running& running : m_running)
        running.deadline = std::min(running.deadline, Monotonic::now() + m_options.drain);
}

void CommandRunner::Loop::wait()
{
    std::vector<pollfd> wanted = {{.fd = m_wake, .events = POLLIN, .revents = 0}};
    for (const Running& running : m_running)
        wanted.push_back({.fd = running.child->descriptor(), .events = POLLIN, .revents = 0});
    ::poll(wanted.data(), wanted.size(), milliseconds_left());
    std::uint64_t value = 0;
    static_cast<void>(::read(m_wake, &value, sizeof value));
}

int CommandRunner::Loop::milliseconds_left() const
{
    const auto first = std::min_element(
        m_running.begin(), m_running.end(), [](const Running& left, const Running& right) {
            return left.deadline < right.deadline;
        });
    if (first == m_running.end())
        return -1;
    const auto left = std::chrono::ceil<Millis>(first->deadline - Monotonic::now());
    return static_cast<int>(std::max<Millis::rep>(left.count(), 0));
}

void CommandRunner::Loop::collect()
{
    std::erase_if(m_running, [this](const Running& running) {
        pollfd ended{.fd = running.child->descriptor(), .events = POLLIN, .revents = 0};
        if (::poll(&ended, 1, 0) <= 0)
            return false;
        if (const int status = running.child->wait(); status != 0)
            problem(running.event_id, how_it_ended(status));
        return true;
    });
}

/// Its time is over: asked to end first, made to afterwards, it and all it began.
void CommandRunner::Loop::enforce(Running& running)
{
    if (running.signals == 0)
        problem(running.event_id, m_stopped ? "is ended" : "took too long");
    running.child->send(running.signals == 0 ? SIGTERM : SIGKILL);
    ++running.signals;
    running.deadline = Monotonic::now() + m_options.grace;
}

void CommandRunner::Loop::leave_out(std::size_t count)
{
    if (count > 0 && m_on_problem)
        m_on_problem(fmt::format(
            "{} was not run for {} events, which are stored", m_options.words.front(), count));
}

void CommandRunner::Loop::problem(const std::string& event_id, std::string_view what) const
{
    if (m_on_problem)
        m_on_problem(fmt::format("{} for {}: {}", m_options.words.front(), event_id, what));
}

CommandRunner::CommandRunner(CommandOptions options, OnProblem on_problem, std::stop_token stop)
    : m_loop(std::make_unique<Loop>(std::move(options), std::move(on_problem), std::move(stop)))
{
}

CommandRunner::~CommandRunner() = default;

void CommandRunner::add(CommandRun run)
{
    m_loop->add(std::move(run));
}

} // namespace smsctl::webhook
