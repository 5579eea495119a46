#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "delivery/enqueue.hpp"
#include "sms/message.hpp"
#include "sms/number.hpp"
#include "store/opt_outs.hpp"
#include "workspace/workspace.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::delivery {

/// Text, media, encoding and segments of a draft; fills in the verdict's message and segments.
/// Throws usage errors that name the offending character, URL or limit.
void check_content(const Draft& draft, int workspace_max_segments, Verdict& verdict);

/// The same key with the same hash is the same request, and so is the same row of a batch; the
/// parts are as asked for, so that a changed default sender does not make another message of it.
std::string content_hash_of(const Draft& draft, const std::string& recipient);

/// Throws `usage.key_reused` when the message that has the key is about other content.
void check_key(const sms::Message& first, const std::string& content_hash);
/// Throws `blocked.duplicate` (11) when a message with `message`'s key was sent and removed since,
/// and `usage.key_reused` when that had other content.
void check_removed(store::Scope& scope, const sms::Message& message);

/// "MG" and 32 hexadecimal digits.
bool is_messaging_service(std::string_view sender);
/// The workspace's one number that can send; throws `usage.no_sender` or `usage.several_senders`.
std::string only_sender(const std::vector<sms::Number>& numbers, const std::string& workspace);
/// `sender` as an address the workspace may use. A number must be among `numbers` and able to do
/// it; a name or a short code is the provider's to judge. Throws usage errors.
std::string owned_sender(const std::string& sender,
                         const Workspace& workspace,
                         const std::vector<sms::Number>& numbers,
                         bool with_media);

/// Why it is too late or too early where `to` lives; nothing when it is not. The contact's zone
/// counts; without one, every zone of the number's region.
std::optional<sms::Failure> quiet_hours_verdict(const Workspace& workspace,
                                                const std::string& to,
                                                const std::string& contact_zone,
                                                Instant now);

/// Where `to` may live: the contact's zone, else every zone of the number's region.
std::vector<std::string>
zones_of(const Workspace& workspace, const std::string& to, const std::string& contact_zone);
/// When the quiet hours end that hold at `now` in one of `zones`; nothing outside them.
std::optional<Instant>
quiet_until(const Workspace& workspace, const std::vector<std::string>& zones, Instant now);

/// `usage.past` (2).
Error past_error(Instant at);

sms::Failure opt_out_verdict(const std::string& to, const store::OptOut& opt_out);

} // namespace smsctl::delivery
