#pragma once

#include "core/clock.hpp"
#include "sms/status.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::sms {

enum class BatchState { planning, planned, canceled };
std::string_view word(BatchState state);
std::optional<BatchState> parse_batch_state(std::string_view word);

/// What becomes of a row that local policy refuses.
enum class OnBlock { skip, defer, fail };
std::string_view word(OnBlock on_block);
std::optional<OnBlock> parse_on_block(std::string_view word);

/// How a batch is submitted: one request a message, or many in one.
inline constexpr std::string_view via_messages = "messages";
inline constexpr std::string_view via_batch = "batch";

/// A list of messages that is sent as one.
struct Batch {
    std::int64_t row = 0;
    std::string id;            ///< "bat_…"
    std::int64_t seq = 0;      ///< of the last event that changed it
    std::string name;          ///< empty: none given
    std::string identity;      ///< what the same list is known by when it comes again
    std::string content_hash;  ///< hex SHA-256 of recipients, texts and senders as asked for
    std::string source;        ///< the file's name, "-" for stdin
    std::string template_text; ///< empty: the texts are in the list
    std::vector<std::string> senders;
    std::string via; ///< `via_messages` or `via_batch`
    OnBlock on_block = OnBlock::skip;
    BatchState state = BatchState::planning;
    std::string planner; ///< the process that plans it, as a lease names it
    int row_count = 0;
    std::int64_t segments = 0; ///< of the rows that may go
    std::optional<std::int64_t> estimated_price_micros;
    std::string currency;
    std::int64_t first_message_row = 0;
    std::int64_t last_message_row = 0;
    std::optional<Instant> scheduled_at;
    Instant created_at;
};

/// How many of a batch's messages have which status; none is left out as zero.
using StatusCounts = std::map<Status, std::int64_t>;

} // namespace smsctl::sms
