#pragma once

#include "sim/account.hpp"
#include "sim/ledger.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace smsctl::sim {

/// Resources as Twilio's 2010 API writes them: every field there, numbers as strings, RFC 2822
/// dates.

nlohmann::ordered_json message_json(const Message& message, const std::string& account_sid);
nlohmann::ordered_json
media_json(const Message& message, const MessageMedia& media, const std::string& account_sid);
nlohmann::ordered_json number_json(const PhoneNumber& number, const std::string& account_sid);
nlohmann::ordered_json account_json(const Account& account);
nlohmann::ordered_json balance_json(const Account& account);

/// "/2010-04-01/Accounts/AC…"
std::string account_path(const std::string& account_sid);

} // namespace smsctl::sim
