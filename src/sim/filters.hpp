#pragma once

#include "http/form.hpp"
#include "sim/account.hpp"
#include "sim/answer.hpp"
#include "sim/ledger.hpp"

#include <optional>

namespace smsctl::sim {

/// The reason to refuse a list of messages: a date that cannot be read.
std::optional<Problem> check_message_query(const http::Form& query);
/// Whether `message` passes To, From, DateSent (that UTC day), DateSent< and DateSent>. A message
/// that was never sent passes no date filter; a plain date as upper bound is its midnight, as live
/// accounts have it.
bool matches(const Message& message, const http::Form& query);
/// Whether `number` passes PhoneNumber (any part of it; `*` is any digit), FriendlyName and Origin.
bool matches(const PhoneNumber& number, const http::Form& query);

} // namespace smsctl::sim
