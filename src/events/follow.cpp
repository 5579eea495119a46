#include "events/follow.hpp"

namespace smsctl::events {

namespace {

/// How often to look whether somebody committed: an event is wanted on screen within 50 ms, and a
/// look costs some microseconds.
constexpr Millis shortest_wait{10};
constexpr Millis longest_wait{25};
/// What this connection itself commits does not change the version; look all the same.
constexpr Millis blind_look{1000};
constexpr int block = 500;

} // namespace

Follow::Follow(store::Scope& scope, Clock& clock) : m_scope(scope), m_clock(clock) {}

std::int64_t Follow::run(store::EventQuery query,
                         const std::function<bool(const sms::Event&)>& on_event,
                         const std::stop_token& stop)
{
    query.limit = block;
    query.newest_first = false;
    store::EventLog log(m_scope);
    Millis wait = shortest_wait;
    while (!stop.stop_requested()) {
        // Asked before the select: what is committed in between is selected now or seen later.
        const std::int64_t version = m_scope.database().data_version();
        const std::vector<sms::Event> events = log.list(query);
        for (const sms::Event& event : events) {
            query.after_seq = event.seq;
            if (!on_event(event))
                return query.after_seq;
        }
        if (!events.empty()) {
            wait = shortest_wait;
            continue;
        }
        for (Millis waited{0}; waited < blind_look; waited += wait) {
            if (!m_clock.wait(wait, stop))
                return query.after_seq;
            if (m_scope.database().data_version() != version)
                break;
            wait = std::min(wait + Millis(1), longest_wait);
        }
    }
    return query.after_seq;
}

} // namespace smsctl::events
