#pragma once

#include "core/clock.hpp"
#include "http/client.hpp"
#include "sms/message.hpp"
#include "sms/status.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What Twilio's bulk API answers. The readers are tolerant, as Twilio's own pages disagree:
/// unknown fields are passed over, and nothing comes back for what is no such JSON.
namespace smsctl::providers::twilio {

/// One entry of a refusal.
struct BulkFault {
    std::optional<std::size_t> row; ///< the place of the recipient it is about, if it is about one
    std::optional<int> code;
    std::string message;
    std::string context; ///< the JSON path it names; may be empty
};
std::vector<BulkFault> read_bulk_faults(std::string_view json);

/// The operation that an answer names in its body or in any of the headers that are told of; empty
/// for none.
std::string read_operation_id(const http::Response& response);
/// "comms_operation_…", and nothing in it that does not belong into a path.
bool is_operation_id(std::string_view text);

/// What is being done about one request.
struct BulkOperation {
    std::string id;
    std::string status_word; ///< as it came
    bool finished = false;   ///< COMPLETED or CANCELED: no more messages of it will be made
    int recipients = 0;
    int unaddressable = 0; ///< recipients for whom there will be no message
    std::optional<Instant> created_at;
};

/// One try at a message, on one channel.
struct BulkAttempt {
    std::string provider_id; ///< "SM…" or "MM…"; empty when the answer names none
    std::string status_word;
    std::optional<sms::Failure> failure;
};

/// A message as the bulk API shows it.
struct BulkMessage {
    std::string id; ///< "comms_message_…"
    std::string from;
    std::string to;
    std::string status_word;           ///< as it came
    std::optional<sms::Status> status; ///< nothing for a word we do not know, which is not final
    std::string operation_id;          ///< empty when it names none
    std::map<std::string, std::string, std::less<>> tags;
    std::optional<Instant> created_at;
    std::optional<Instant> updated_at;
    std::vector<BulkAttempt> attempts; ///< only when it was fetched by its id
};

struct BulkPage {
    std::vector<BulkMessage> messages;
    std::string next; ///< the token of the next page; empty after the last
};

std::optional<BulkOperation> read_bulk_operation(std::string_view json);
std::optional<BulkMessage> read_bulk_message(std::string_view json);
std::optional<BulkPage> read_bulk_page(std::string_view json);

/// Our status for the bulk API's word; nothing for a word we do not know.
std::optional<sms::Status> bulk_status_of(std::string_view word);

} // namespace smsctl::providers::twilio
