#pragma once

#include "http/form.hpp"
#include "sim/account.hpp"
#include "sim/answer.hpp"
#include "sim/ledger.hpp"

#include <variant>

namespace smsctl::sim {

/// Lets a text from outside reach one of our numbers: From, To, Body and MediaUrl of `form`.
/// Keeps the opt-outs, stores the message, and calls the number's sms_url when it has one.
std::variant<const Message*, Problem>
receive(const http::Form& form, Account& account, Ledger& ledger, const Surroundings& surroundings);

/// The form of an inbound webhook, fields in the order they were recorded.
http::Form inbound_form(const Message& message, const std::string& account_sid);

} // namespace smsctl::sim
