#pragma once

#include "http/form.hpp"
#include "sim/account.hpp"
#include "sim/answer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::sim {

/// What a create asks for, before anybody believes it.
struct Draft {
    const http::Form& form;
    std::string to;
    std::string from;
    std::string service;
    std::string body;
    std::vector<std::string> media;
    bool as_mms = false;
};

/// Takes the form apart; smart encoding and a trial account have changed the text.
Draft draft_of(const http::Form& form, const Account& account);

/// Why a create is refused; nothing when it passes.
using Verdict = std::optional<Problem>;
Verdict refuse(int code, std::string message, int http = 400);

// Checks that need no look at the account.

/// Lengths, counts, URLs and periods.
Verdict within_limits(Draft& draft, const Account& account, Instant now);
/// Options that need others, or an account that is allowed them.
Verdict options_possible(Draft& draft, const Account& account, Instant now);
Verdict schedule_possible(Draft& draft, const Account& account, Instant now);

} // namespace smsctl::sim
