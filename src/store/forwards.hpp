#pragma once

#include "sms/event.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// A webhook on its way to an application.
struct PendingForward {
    std::int64_t event_seq = 0;
    std::string event_id;
    sms::Forward forward;
    std::string idempotency_token; ///< of the provider's request; may be empty
    std::string payload;           ///< the event's, filled in when read
    std::string request;           ///< the event's, filled in when read
};

/// Webhooks for one URL that no living listener has in hand.
struct LeftForwards {
    std::string url;
    std::int64_t count = 0;
    Instant oldest; ///< when the first of them came
};

/// Webhooks that an application must be told of. Each that waits is some listener's: nobody else
/// tells the application as long as that one lives.
class Forwards {
public:
    explicit Forwards(Scope& scope) : m_scope(scope) {}

    /// In the transaction that writes the event.
    void add(const PendingForward& pending, std::string_view owner, Instant until);
    /// Writes what an attempt came to; one that is settled stays so. `until`: how long the owner's
    /// lease of one that goes on waiting runs.
    void record(std::int64_t event_seq, const sms::Forward& forward, Instant until);
    /// Renews `owner`'s leases and takes over what waits and belongs to nobody who lives; that now
    /// goes to `url`. Writes only when there is something to do.
    void hold(std::string_view owner, std::string_view url, Instant now, Instant until);
    /// What is due of `owner`'s, the longest due first.
    std::vector<PendingForward> due(std::string_view owner, Instant now, int limit);
    /// When the next of `owner`'s is due that is not due yet.
    std::optional<Instant> next_due(std::string_view owner, Instant now);
    /// Leaves what waits to the next listener.
    void release(std::string_view owner);
    /// What waits for a listener to come, by URL.
    std::vector<LeftForwards> left(Instant now);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
