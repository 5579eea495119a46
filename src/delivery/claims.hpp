#pragma once

#include "core/clock.hpp"
#include "delivery/recorder.hpp"
#include "delivery/settled.hpp"
#include "providers/rate_limiter.hpp"
#include "sms/message.hpp"
#include "store/outbox.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace smsctl::delivery {

/// Which planned messages a worker takes: these, a batch's, or all that are scheduled and due.
struct Selection {
    std::vector<std::int64_t> message_rows;
    std::int64_t batch_row = 0;
    std::int64_t first_message_row = 0; ///< of the batch
    std::int64_t last_message_row = 0;
    std::int64_t since_seq = 0; ///< of the batch, only what changed with this event or later
    std::string sender = {};    ///< of a batch, only what leaves from it; empty: from any
};

/// A message that is ours to submit: claimed on disk, its sender's turn at `start_at`.
struct Claim {
    sms::Message message;
    store::OutboxEntry entry;
    Instant start_at;
};

/// Takes planned messages out of the outbox, no faster than their senders may submit.
class Claims {
public:
    /// Without `mps` senders have no limit. `most` messages are taken at most; 0: all.
    Claims(store::Scope& scope,
           const Clock& clock,
           Selection selection,
           std::optional<double> mps,
           int most);

    struct Taken {
        std::vector<Claim> claims;
        /// Not to be submitted: blocked since it was planned, settled or held by others, or, where
        /// it was named one by one, to wait for its time.
        std::vector<Settled> settled;
    };
    /// Claims up to `most` messages whose turn comes soon, inside the caller's transaction.
    Taken take(std::size_t most);
    /// Nothing is left that this run could take.
    bool is_done() const;
    /// When a sender's turn or pause comes that `take` did not wait for; nothing when there is
    /// none.
    std::optional<Instant> next_turn() const;
    /// The sender takes no more before `until`, and then one message to try.
    void pause(const std::string& sender, Instant until);
    /// Whether the sender takes none at all for now.
    bool is_paused(const std::string& sender) const;
    /// A message of the sender's was answered: if it was the one to try, they go again.
    void answered(const std::string& sender);
    /// A claim was given back: it is to be taken again, if this run goes on.
    void look_again(const sms::Message& message);
    /// Not to be taken again by this run.
    void give_up(const sms::Message& message);
    bool is_given_up(const sms::Message& message) const { return m_given_up.contains(message.row); }
    /// The messages of a selection by rows that nothing has become of yet.
    std::vector<std::int64_t> unsettled() const;

private:
    struct Queue {
        store::QueuePlace place;
        bool found_any = false; ///< since `place` was the beginning
        bool is_done = false;
        std::optional<Instant> paused_until;
        int probes = 0; ///< pauses since the sender last had a message accepted
        bool is_probing = false;
    };

    void take_rows(std::size_t most, Taken& taken);
    void take_queue(const std::string& sender, Queue& queue, std::size_t most, Taken& taken);
    std::size_t allowance(const std::string& sender, Queue& queue, std::size_t most) const;
    void claim(store::Waiting waiting, Taken& taken);
    void write_claims(const std::vector<Claim>& claims);
    bool is_refused_now(store::Waiting& waiting, Taken& taken);
    std::optional<Instant> too_early_until(const store::Waiting& waiting);

    store::Scope& m_scope;
    const Clock& m_clock;
    Selection m_selection;
    providers::RateLimiter m_limiter;
    std::string m_owner;
    std::optional<std::size_t> m_left;     ///< how many more may be taken
    std::map<std::string, Queue> m_queues; ///< by sender
    std::set<std::int64_t> m_given_up;
    std::set<std::int64_t> m_taken; ///< rows of a selection by rows that are settled or in the air
};

} // namespace smsctl::delivery
