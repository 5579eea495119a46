#pragma once

#include "providers/provider.hpp"
#include "providers/twilio/api.hpp"
#include "providers/twilio/payload.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smsctl::providers::twilio {

/// More than Twilio puts on one page is refused.
constexpr int most_per_page = 1000;

/// Where messages are read, and what the filters of our own make of an answer.

std::string message_path(const Api& api, std::string_view provider_id);
std::string media_path(const Api& api, std::string_view provider_id);
/// Of `page`, as the page before it names it, or of the first one.
std::string list_path(const Api& api, const MessageFilter& filter, std::string_view page);

/// What was read at `path`, without what Twilio lists although the filter does not want it. Throws
/// `provider.unavailable` for a page that names itself as the next.
MessagePage page_of(Page<RemoteMessage> read,
                    const std::string& path,
                    const MessageFilter& filter,
                    const Api& api);
/// Media under whole addresses.
std::vector<sms::Media> with_urls(std::vector<sms::Media> media, const Api& api);

} // namespace smsctl::providers::twilio
