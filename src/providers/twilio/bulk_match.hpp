#pragma once

#include "providers/twilio/bulk_answer.hpp"
#include "providers/twilio/bulk_request.hpp"

#include <optional>
#include <span>
#include <vector>

namespace smsctl::providers::twilio {

/// Which message belongs to which row of one request.
struct BulkMatch {
    std::vector<std::optional<BulkMessage>> of_row; ///< in the order of the rows
    std::vector<BulkMessage> surplus; ///< a second one for a row, or for somebody in no row
    std::size_t missing = 0;          ///< rows without a message
};

/// By recipient, which is E.164 on both sides.
BulkMatch match_rows(std::span<const BulkRow> rows, std::vector<BulkMessage> messages);

/// Whether the rows without a message are just those that Twilio found no way to: the operation is
/// finished, and it counts as many. Else they may still come, and stay in doubt.
bool are_unaddressable(const BulkMatch& match, const BulkOperation& operation);

} // namespace smsctl::providers::twilio
