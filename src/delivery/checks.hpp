#pragma once

#include "core/clock.hpp"
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

/// When the quiet hours end in which `quiet_hours_verdict` finds `now`; nothing outside them.
std::optional<Instant> quiet_until(const Workspace& workspace,
                                   const std::string& to,
                                   const std::string& contact_zone,
                                   Instant now);

sms::Failure opt_out_verdict(const std::string& to, const store::OptOut& opt_out);

} // namespace smsctl::delivery
