#pragma once

#include "core/clock.hpp"
#include "sms/bulk_request.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace smsctl::store {

/// The requests to a bulk API, and which messages each of them carries.
class BulkRequests {
public:
    explicit BulkRequests(Scope& scope) : m_scope(scope) {}

    /// Stores a new one and ties these messages to it; fills in row. Throws when one of them is not
    /// being submitted.
    void arm(sms::BulkRequest& request, std::span<const std::int64_t> message_rows);
    /// Writes state, operation, problem and when it was settled.
    void update(const sms::BulkRequest& request);
    /// Lets go of all its messages: nothing of it was created.
    void let_go(const sms::BulkRequest& request);
    /// The messages it carries, in the order in which they were planned, without their media.
    std::vector<sms::Message> messages(const sms::BulkRequest& request);
    /// Those of which there may be news: taken or unknown, armed since `since`, not settled; oldest
    /// first. `batch_row` 0: of every batch.
    std::vector<sms::BulkRequest> open(std::int64_t batch_row, Instant since);
    /// Armed ones whose process is gone, or hangs beyond its time.
    std::vector<sms::BulkRequest> abandoned(Instant now);
    /// How many messages nobody knows the end of, in requests that were armed before `shown_since`:
    /// too long ago for the provider to show them.
    std::int64_t lost_messages(Instant shown_since);
    /// Whether the workspace ever made one.
    bool any();
    /// Whether any message of a batch is in doubt.
    bool has_doubts(std::int64_t batch_row);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
