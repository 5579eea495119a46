#pragma once

#include "http/form.hpp"
#include "sim/account.hpp"
#include "sim/answer.hpp"
#include "sim/ledger.hpp"

#include <variant>

namespace smsctl::sim {

/// A message made from the form of a create, or the first reason to refuse it. Checks in the order
/// of the protocol text: recipient, sender and content there, forms, ownership, opt-out, region,
/// queue, limits, schedule. Twilio's magic numbers count with any credentials.
std::variant<Message, Problem>
create_message(const http::Form& form, Account& account, Instant now);

} // namespace smsctl::sim
