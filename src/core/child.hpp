#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace smsctl {

/// Variables that differ in a child's environment; no value: unset.
using EnvironmentChanges = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// A program run without a shell, with our standard streams. It ends with SIGTERM when we are
/// killed.
class Child {
public:
    /// Looks `arguments[0]` up in PATH. Throws `child.not_found` (exit 127) or
    /// `child.not_runnable` (126).
    Child(const std::vector<std::string>& arguments, const EnvironmentChanges& changes);
    /// Kills and collects it when nobody waited.
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Sends it `signal`; nothing happens once it was collected.
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

private:
    int m_pid = -1;
};

} // namespace smsctl
