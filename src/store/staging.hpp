#pragma once

#include "core/clock.hpp"
#include "sms/batch.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// A row of a list on its way to become a message.
struct StagedRow {
    std::int64_t id = 0;     ///< 1 for the first
    std::int64_t record = 0; ///< of the list
    std::string to;
    std::string sender; ///< an address or a Messaging Service; empty: to be chosen
    std::string body;
    std::vector<std::string> media_urls;
    std::string key;
    std::string region;            ///< where `to` is at home; empty when nobody asks
    std::string time_zone;         ///< the recipient's; empty when not known
    std::optional<Instant> due_at; ///< nothing: at once
    int segments = 0;
    std::string encoding;
    std::string content_hash;
    std::string verdict; ///< "" may go; else the code of why not
    std::string reason;
};

/// A place and time for which quiet hours are judged once for all rows that share it.
struct StagedPlace {
    std::string region;
    std::string time_zone;
    std::optional<Instant> due_at;
};

/// What a staged list amounts to.
struct StagedTotals {
    std::int64_t rows = 0;
    std::int64_t recipients = 0; ///< of those that may go
    std::int64_t sendable = 0;
    std::int64_t segments = 0; ///< of those that may go
    std::int64_t duplicates = 0;
    std::int64_t opted_out = 0;
    std::int64_t quiet = 0;
    std::int64_t replayed = 0;
    std::int64_t repeated_recipients =
        0; ///< rows that may go to somebody who is in the list before
};

/// A list being planned, in a temporary database of this connection: any number of rows in bounded
/// memory, and nobody else sees or waits for them. Judging and committing work on all rows at once,
/// inside SQL.
class Staging {
public:
    Staging(Scope& scope, Instant now);
    ~Staging();
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    void add(const StagedRow& row);
    /// Ends what `add` keeps open, so that others' changes are seen again.
    void flush();

    /// Gives rows without a sender one of `senders`: the one of the recipient's conversation, else
    /// one by the recipient's last digits, so that each gets an equal share.
    void choose_senders(const std::vector<std::string>& senders);
    /// Records whose recipient is their own sender.
    std::vector<std::int64_t> to_themselves();
    /// Keys that name several contents in the list, or another content in the database. Like
    /// `mark_replays` it sees through plans that are not whole: they may come to nothing.
    std::vector<std::string> misused_keys();
    void mark_duplicates();
    /// Rows whose key and content are stored already.
    /// And those whose key a removed message had, which are not sent again.
    void mark_replays();
    /// A key of rows `first` to `last` that a stored message has, though they are to become
    /// messages; empty when there is none.
    std::string key_taken(std::int64_t first, std::int64_t last);
    void mark_opted_out();
    /// Takes the zones of contacts for rows that name none.
    void use_contacts_zones();
    std::vector<StagedPlace> places();
    void mark_quiet(const StagedPlace& place, std::string_view reason);
    void defer(const StagedPlace& place, Instant until);

    StagedTotals totals();
    /// One hash over all rows in their order: recipients, texts, senders as asked for, and keys.
    /// Not over their times, which depend on when the list is read.
    std::string content_hash();
    /// Calls `take` with every row, in order, until it says false.
    void each(const std::function<bool(const StagedRow&)>& take);

    /// How this list differs from what is stored of `batch`: rows of either only, and the first
    /// recipient of each.
    struct Difference {
        std::int64_t added = 0;
        std::int64_t removed = 0;
        std::string first_added;
        std::string first_removed;
    };
    Difference difference_from(const sms::Batch& batch);

    /// Writes rows `first` to `last` as messages of `batch`, with contacts, conversations and
    /// outbox entries, inside the caller's transaction; widens the batch's range.
    void commit(sms::Batch& batch,
                std::int64_t first,
                std::int64_t last,
                std::string_view status_callback,
                Instant now);

private:
    bool keys_were_removed();
    Connection& connection() { return m_scope.database().connection(); }
    const std::string& next_ulid();
    std::int64_t newest_message_row();
    void queue(std::int64_t first,
               std::int64_t last,
               std::int64_t before,
               std::string_view status_callback,
               Instant now);
    void insert_media(std::int64_t first, std::int64_t last);

    Scope& m_scope;
    std::string m_ulid; ///< of the row added last
    std::int64_t m_count = 0;
    bool m_is_open = false;
};

} // namespace smsctl::store
