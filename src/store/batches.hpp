#pragma once

#include "sms/batch.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// Messages from `first` to `last`, both included.
struct RowRange {
    std::int64_t first = 0;
    std::int64_t last = 0;
};

/// The batches of a workspace.
class Batches {
public:
    explicit Batches(Scope& scope) : m_scope(scope) {}

    /// Stores a new one; fills in row.
    void insert(sms::Batch& batch);
    /// Writes state, counts, range, seq and price.
    void update(const sms::Batch& batch);
    std::optional<sms::Batch> by_identity(std::string_view identity);
    /// By "bat_…" id, name, or an unambiguous prefix of the id of at least four characters. Throws
    /// not_found (3) or `usage.ambiguous`.
    sms::Batch resolve(std::string_view reference);
    /// Newest first; `limit` 0: all.
    std::vector<sms::Batch> list(int limit);
    std::int64_t count();
    /// What is planned of it and not submitted yet.
    struct Unsent {
        std::int64_t count = 0;
        std::int64_t segments = 0;
    };
    /// Only of what changed with the event `since_seq` or later, here and below.
    Unsent unsent(const sms::Batch& batch, std::int64_t since_seq = 0);
    sms::StatusCounts status_counts(const sms::Batch& batch);
    /// How many of its planned messages wait for a time after `now`, and the first of those times.
    struct Later {
        std::int64_t count = 0;
        std::optional<Instant> first_due_at;
    };
    Later waiting_for_later(const sms::Batch& batch, Instant now, std::int64_t since_seq = 0);
    /// Those that are not planned to their end.
    std::vector<sms::Batch> planning();
    /// Removes up to `limit` messages of a batch that was never planned to its end, and the batch
    /// itself with the last of them; false once it is gone. Leaves a planned one as it is.
    bool discard(const sms::Batch& batch, int limit);
    bool is_canceled(std::int64_t batch_row);
    /// Cancels what was not submitted of the messages between these rows; gives how many there
    /// were.
    int cancel_unsent(const sms::Batch& batch, RowRange rows, Instant now);
    /// How many of its messages somebody has in hand.
    int in_hand(const sms::Batch& batch);
    /// Those behind `after_row` that the provider holds for their time, in order, at most `limit`.
    std::vector<sms::Message> held(const sms::Batch& batch, std::int64_t after_row, int limit);
    /// Makes messages of this status planned again, but for duplicates, which would be a second
    /// text; gives how many.
    int plan_again(const sms::Batch& batch,
                   sms::Status status,
                   std::string_view status_callback,
                   Instant now);

private:
    bool is_planning(const sms::Batch& batch);

    Scope& m_scope;
};

} // namespace smsctl::store
