#pragma once

#include "core/money.hpp"
#include "providers/provider.hpp"
#include "sms/call.hpp"
#include "sms/number.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::providers::twilio {

/// Twilio's JSON answers as our types (2010 API). All readers are tolerant: unknown fields are
/// passed over, numbers may be texts, null and "" both mean unset. Nothing comes back for what is
/// no JSON object or lacks the one field that makes it what it is (`sid`, the list).

std::optional<RemoteMessage> read_message(std::string_view json);
std::optional<sms::Number> read_number(std::string_view json);
std::optional<Account> read_account(std::string_view json);
/// May be negative.
std::optional<Money> read_balance(std::string_view json);

/// One page of a list; `next` is `next_page_uri` as it came, empty after the last page.
template <typename Item>
struct Page {
    std::vector<Item> items;
    std::string next;
};
std::optional<Page<RemoteMessage>> read_message_page(std::string_view json);
std::optional<Page<sms::Number>> read_number_page(std::string_view json);
/// Nothing is known yet of when a call was made that has only just been asked for: its time is then
/// the epoch.
std::optional<Page<sms::Call>> read_call_page(std::string_view json);
/// URLs are paths below the host: the media's own record without its ".json".
std::optional<Page<sms::Media>> read_media_page(std::string_view json);

/// The body of an error answer, or the first of its list, as newer APIs have it; both empty for
/// what is no JSON (a proxy's page, for one).
struct ErrorBody {
    std::optional<int> code;
    std::string message;
};
ErrorBody read_error(std::string_view json);

/// Our status for Twilio's word; nothing for a word we do not know.
std::optional<sms::Status> status_of(std::string_view word);
/// Nothing without a code; the text is `text` or, where Twilio gave none, our meaning of the code.
std::optional<sms::Failure> failure_of(std::string_view code, std::string_view text);
/// Two capital letters and 32 hex digits.
bool is_sid(std::string_view text);

} // namespace smsctl::providers::twilio
