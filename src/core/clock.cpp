#include "core/clock.hpp"

#include <condition_variable>
#include <mutex>

namespace smsctl {

Instant SystemClock::now() const
{
    return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

bool SystemClock::wait(Millis length, const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    woken.wait_for(lock, stop, length, [] { return false; });
    return !stop.stop_requested();
}

} // namespace smsctl
