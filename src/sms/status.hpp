#pragma once

#include <optional>
#include <string_view>

namespace smsctl::sms {

/// Where a message stands: one vocabulary for every provider. cli.md, "Status".
enum class Status {
    planned,    ///< stored, not yet handed to a provider
    blocked,    ///< local policy refused it; nothing was sent
    submitting, ///< a process has it in hand
    in_doubt,   ///< the request left, no answer came
    rejected,   ///< the provider refused it for good
    scheduled,  ///< the provider holds it until its time
    accepted,   ///< the provider has it and is choosing a sender
    queued,
    sending,
    sent, ///< the carrier has it
    delivered,
    read,
    undelivered, ///< the carrier said no
    failed,      ///< not sent
    canceled,
    expired,  ///< no final report came within the provider's horizon
    received, ///< inbound
};

/// The word in records, SQL and arguments: "in_doubt".
std::string_view word(Status status);
std::optional<Status> parse_status(std::string_view word);
/// Nothing that happens later replaces it, but `read` after `delivered`.
bool is_final(Status status);
/// Final, and the recipient did not get it.
bool is_failure(Status status);

/// The status after a report of `reported` about a message at `current`; nothing when the report
/// is late or a repeat and changes nothing. The one rule, be it a submit, a callback or a poll.
std::optional<Status> advance(Status current, Status reported);

} // namespace smsctl::sms
