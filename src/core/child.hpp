#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace smsctl {

/// Variables that differ in a child's environment; no value: unset.
using EnvironmentChanges = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// How close a child is to us.
enum class Kinship {
    attached, ///< our standard streams, our process group; it gets SIGTERM when we are killed
    apart,    ///< a process group of its own, its stdout is our stderr, no descriptor else of ours
};

/// A program run without a shell.
class Child {
public:
    /// Looks `arguments[0]` up in PATH. `input` is what its stdin gives; nothing: ours is its own.
    /// Throws `child.not_found` (exit 127) or `child.not_runnable` (126).
    Child(const std::vector<std::string>& arguments,
          const EnvironmentChanges& changes,
          Kinship kinship = Kinship::attached,
          const std::optional<std::string>& input = std::nullopt);
    /// Kills and collects it when nobody waited.
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Sends it, or all of its own process group, `signal`; nothing happens once it was collected.
    void send(int signal) const;
    /// Its exit status, 128 + n when signal n ended it. Calls `on_stop` once when `stop` is
    /// requested meanwhile, and goes on waiting.
    template <typename OnStop>
    int wait(const std::stop_token& stop, OnStop on_stop)
    {
        const std::stop_callback callback(stop, on_stop);
        return wait();
    }
    int wait();
    /// A descriptor that can be read from once it has ended.
    int descriptor() const { return m_descriptor; }

private:
    int m_pid = -1;
    int m_descriptor = -1;
    Kinship m_kinship;
};

} // namespace smsctl
