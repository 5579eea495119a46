#pragma once

#include <atomic>

namespace smsctl::model {

/// How a process of the model dies. Between two things that leave a trace outside of it (a commit,
/// a request) a crash cannot be told, so these are all the moments there are: each counts a step,
/// and the process is dead from the one it was given on. A dead process commits nothing and reaches
/// nobody, whatever its code still does.
class Death {
public:
    /// Watches every database connection that is opened from now on.
    Death();

    /// Dies before the step that comes after `steps` others.
    void come_after(int steps);
    void never();
    bool has_come() const { return m_dead; }
    /// Counts a step; false when the process does not live to take it.
    bool step();

    static Death& instance();

private:
    std::atomic<bool> m_armed{false};
    std::atomic<int> m_left{0};
    std::atomic<bool> m_dead{false};
};

} // namespace smsctl::model
