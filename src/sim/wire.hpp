#pragma once

#include "sim/account.hpp"
#include "sim/ledger.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace smsctl::sim {

/// Resources as Twilio writes them, every field there. Its 2010 API has numbers as strings and RFC
/// 2822 dates; its v1 APIs have RFC 3339 dates and absolute URLs, which begin with `base`.

nlohmann::ordered_json message_json(const Message& message, const std::string& account_sid);
nlohmann::ordered_json
media_json(const Message& message, const MessageMedia& media, const std::string& account_sid);
nlohmann::ordered_json
feedback_json(const Message& message, const std::string& account_sid, Instant now);
nlohmann::ordered_json number_json(const PhoneNumber& number, const std::string& account_sid);
nlohmann::ordered_json account_json(const Account& account);
nlohmann::ordered_json balance_json(const Account& account);

nlohmann::ordered_json service_json(const MessagingService& service,
                                    const std::string& account_sid,
                                    const std::string& base);
/// A number as a sender of a service.
nlohmann::ordered_json sender_json(const PhoneNumber& number,
                                   const std::string& service_sid,
                                   const std::string& account_sid,
                                   const std::string& base);

/// "2026-03-03T10:15:30Z", as the v1 APIs write dates.
std::string iso_date(Instant instant);
/// "/2010-04-01/Accounts/AC…"
std::string account_path(const std::string& account_sid);

} // namespace smsctl::sim
