#pragma once

#include "core/clock.hpp"
#include "http/form.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace smsctl::sim {

/// How the account is set up where no resource of Twilio's says it.
struct Policy {
    double mps = 0;             ///< segments a second that each sender lets go; 0: no limit
    std::int64_t queue = 0;     ///< segments that may wait for one sender; 0: ten hours of `mps`
    Millis shortest_latency{0}; ///< before each answer, by chance between these two
    Millis longest_latency{0};
    bool advanced_opt_out = false; ///< webhooks of services carry OptOutType
    bool trial = false;            ///< texts go to verified numbers only and say so
    std::set<std::string> verified;
};

struct PolicyField {
    std::string_view name;
    std::string_view meaning; ///< for help
};
/// The fields of POST /sim/settings.
std::span<const PolicyField> policy_fields();

/// Changes what the form names, or returns why it makes no sense and changes nothing.
std::string change_policy(Policy& policy, const http::Form& form);
nlohmann::ordered_json policy_json(const Policy& policy);

} // namespace smsctl::sim
