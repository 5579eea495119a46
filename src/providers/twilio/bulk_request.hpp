#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What is sent to Twilio's bulk API (POST comms.twilio.com/v1/Messages): one request addresses
/// many recipients. Nothing of ours travels with it but a tag, by which its messages are found
/// again. No network here.
namespace smsctl::providers::twilio {

/// The tag that carries a batch's id.
inline constexpr std::string_view bulk_tag = "smsctl_batch";
/// Twilio forgets what was made a week ago; this leaves a day to read it back.
inline constexpr Millis bulk_visible_for = std::chrono::days(6);
inline constexpr std::size_t most_bulk_rows = 10'000;

/// One recipient and their finished text.
struct BulkRow {
    std::string to;
    std::string body;
};

/// One POST.
struct BulkRequest {
    std::string batch_id; ///< of `new_bulk_batch_id`; never used for another request
    std::string from;
    std::vector<BulkRow> rows; ///< no recipient twice: answers are told apart by it
    std::optional<Instant> send_at;
};

/// How large a request may be; all of it is in doubt when its answer is lost.
struct BulkLimits {
    std::size_t rows = 1000; ///< at most `most_bulk_rows`
    std::size_t bytes = 10'000'000;
};

/// 128 random bits in characters that a tag may have.
std::string new_bulk_batch_id();

// Why something cannot go this way, as a clause whose subject it is; empty when it can.
std::string bulk_obstacle(const BulkRow& row);
std::string bulk_sender_obstacle(std::string_view from);
std::string bulk_schedule_obstacle(Instant send_at, Instant now);

/// Cuts a list into requests: places in `rows`, in their order, rows without an obstacle only. The
/// same list is always cut the same way. A recipient that is there several times stands in as many
/// requests.
std::vector<std::vector<std::size_t>>
cut_bulk(std::span<const BulkRow> rows, std::string_view from, const BulkLimits& limits);

/// The JSON to post. Texts travel as the variable `body`, so what looks like a template in them
/// stays as it is.
std::string bulk_body(const BulkRequest& request);

} // namespace smsctl::providers::twilio
