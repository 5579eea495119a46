#pragma once

#include "sms/event.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

struct EventQuery {
    std::int64_t after_seq = 0;
    std::int64_t conversation_row = 0; ///< 0: any
    std::int64_t message_row = 0;      ///< 0: any
    std::optional<Instant> since;      ///< when it happened, inclusive
    std::vector<sms::EventKind> kinds; ///< empty: all
    int limit = 0;                     ///< 0: all
    bool newest_first = false;
};

/// Where an event stands: in the log, and in time. What a poll brings of long ago is logged late.
struct EventPlace {
    std::int64_t seq = 0;
    Instant happened_at;
    Instant logged_at;
};

/// The log of a workspace: what happened, in the order of its commits.
class EventLog {
public:
    explicit EventLog(Scope& scope) : m_scope(scope) {}

    /// Writes `event`, fills in seq and id; returns seq. Inside the transaction of what it tells
    /// of.
    std::int64_t append(sms::Event& event);
    /// The same for many in that order, at less than half the price. Each is about a message that
    /// was just written through this scope: nobody asks a second time whose it is.
    void append(std::span<sms::Event* const> events);
    /// What the next event gets. Certain inside a transaction.
    std::int64_t next_seq();
    std::vector<sms::Event> list(const EventQuery& query);
    std::optional<sms::Event> by_id(std::string_view id);
    std::optional<sms::Event> by_seq(std::int64_t seq);
    /// Tells of each event that fits, the last logged first, until `visit` returns false.
    void walk_back(const EventQuery& query, const std::function<bool(const EventPlace&)>& visit);
    /// The request that was kept with the event; empty where none was.
    std::string request_of(std::int64_t seq);
    /// Whether an earlier callback, or a poll in the place of one, said the same of the same
    /// message.
    bool told_before(const sms::Event& event);
    /// Status news that came before its message was stored; oldest first.
    std::vector<sms::Event> orphans(std::string_view provider_id);
    /// Ties an orphan to its message.
    void adopt(std::int64_t seq, std::int64_t message_row);
    /// Deletes all refused webhooks but the newest `most`.
    void keep_newest_refused(std::int64_t most);
    /// The newest seq of the workspace, 0 for none.
    std::int64_t newest_seq();

private:
    Scope& m_scope;
};

} // namespace smsctl::store
