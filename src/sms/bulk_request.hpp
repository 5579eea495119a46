#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::sms {

/// Where one request to a bulk API stands.
enum class BulkState {
    armed,     ///< stored, and about to leave or on its way
    accepted,  ///< taken whole, under an operation's name
    untracked, ///< taken whole, and nobody said under which name
    refused,   ///< nothing of it was created
    not_sent,  ///< it certainly never left, or was turned away before anybody looked
    unknown,   ///< it may have been taken: none of its messages may go any other way
};
std::string_view word(BulkState state);
std::optional<BulkState> parse_bulk_state(std::string_view word);

/// One request that carries many messages of a batch.
struct BulkRequest {
    std::int64_t row = 0;
    std::int64_t batch_row = 0;
    std::string tag; ///< travels with it; its messages are found by it
    std::string sender;
    std::string body_hash; ///< hex SHA-256 of what was posted
    int row_count = 0;
    BulkState state = BulkState::armed;
    std::string operation_id; ///< empty: not known
    std::string problem;      ///< what went wrong with it; empty: nothing
    std::string owner;        ///< the process that posts it, as a lease names it
    Instant owner_until;
    Instant armed_at;
    std::optional<Instant> settled_at; ///< when nothing was left to ask about it
};

} // namespace smsctl::sms
