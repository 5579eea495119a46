#pragma once

#include "core/clock.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// A message that is still to be submitted.
struct OutboxEntry {
    std::int64_t message_row = 0;
    std::string sender = {}; ///< the queue it stands in: an address or a Messaging Service
    Instant due_at = {};
    bool is_scheduled = false; ///< `send --due` takes it once it is due
    std::string status_callback = {};
    std::optional<int> validity_seconds = {};
    std::optional<Instant> send_at = {}; ///< the provider is to hold it until then
    int attempts = 0;
    std::string owner = {}; ///< who has it in hand; empty: nobody
    std::optional<Instant> lease_until = {};
};

/// Where a reader of one sender's queue has got to.
struct QueuePlace {
    Instant due_at{Millis::min()};
    std::int64_t message_row = 0;
};

/// Which part of the outbox somebody works on.
struct QueueQuery {
    std::int64_t batch_row = 0; ///< 0: what is scheduled, in whatever batch or none
    std::int64_t first_message_row = 0;
    std::int64_t last_message_row = 0;
    std::int64_t since_seq = 0; ///< of the batch, what changed with this event or later
    Instant due;                ///< entries due by then
};

/// An entry nobody has in hand and the message it is about, which is planned.
struct Waiting {
    OutboxEntry entry;
    sms::Message message;
    bool is_opted_out = false; ///< the recipient, of this sender or of all
};

/// This process, as a lease names it: host, boot, pid namespace, pid and start time, so that a
/// recycled pid is another owner.
std::string this_process();
enum class Liveness { alive, gone, unknown };
/// Whether the process named by `owner` still runs. `gone` is certain: its pid ended or was given
/// out again, or this host has been booted since. `unknown` for other hosts and pid namespaces.
Liveness liveness(std::string_view owner);
/// Whether a lease of `owner` until `until` still holds. One whose owner is seen alive does however
/// late it is, and one whose owner is gone does not however early: the clock, which may jump, only
/// decides where nothing else can.
bool holds(std::string_view owner, Instant until, Instant now);

/// Hands out `rows` as runs of neighbours, so that a statement takes each run by its range.
void each_run(std::vector<std::int64_t> rows,
              const std::function<void(std::int64_t first, std::int64_t last)>& take);

class Outbox {
public:
    explicit Outbox(Scope& scope) : m_scope(scope) {}

    void add(const OutboxEntry& entry);
    std::optional<OutboxEntry> find(std::int64_t message_row);
    /// The senders of whom anything is in the outbox, in order.
    std::vector<std::string> senders();
    /// What stands in `sender`'s queue behind `place`, in order, at most `limit`.
    std::vector<Waiting>
    queue(const QueueQuery& query, std::string_view sender, const QueuePlace& place, int limit);
    /// Takes the entries from one message to another for `owner` until `until` and counts an
    /// attempt of each; gives how many were there and nobody else's.
    int claim(std::int64_t first_row, std::int64_t last_row, std::string_view owner, Instant until);
    /// Gives a claimed entry back, to be submitted later.
    void release(std::int64_t message_row);
    /// Makes an entry wait until `due_at`, in nobody's hand, and `send --due` take it then.
    void defer(std::int64_t message_row, Instant due_at);
    /// Writes what may change while an entry waits: when it is due, whether `send --due` takes it,
    /// and what goes with it to the provider.
    void update(const OutboxEntry& entry);
    /// Hands out what is scheduled and due, sender by sender, until `take` says false.
    void each_due(Instant now, const std::function<bool(const Waiting&)>& take);
    /// The entry is settled: accepted, rejected or in doubt.
    void finish(std::int64_t message_row);
    void finish(std::vector<std::int64_t> message_rows);
    /// Claimed entries whose lease does not hold any more: what was in the air is in doubt.
    std::vector<std::int64_t> abandoned(Instant now);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
