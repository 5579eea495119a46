#pragma once

#include "core/clock.hpp"
#include "sms/event.hpp"
#include "store/event_log.hpp"
#include "store/scope.hpp"

#include <functional>
#include <stop_token>

namespace smsctl::events {

/// Hands on events of a workspace after a sequence number, in order, until stopped: also those that
/// other processes commit, within a few hundredths of a second.
class Follow {
public:
    Follow(store::Scope& scope, Clock& clock);

    /// `query.after_seq` is where to begin. `on_event` returns false to end. Returns the last seq
    /// seen.
    std::int64_t run(store::EventQuery query,
                     const std::function<bool(const sms::Event&)>& on_event,
                     const std::stop_token& stop);

private:
    store::Scope& m_scope;
    Clock& m_clock;
};

} // namespace smsctl::events
