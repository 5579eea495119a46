#pragma once

#include "core/clock.hpp"
#include "http/form.hpp"
#include "sim/aim.hpp"
#include "sim/outcome.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace smsctl::sim {

struct RuleField {
    std::string_view name;
    std::string_view meaning; ///< for help
};
/// The fields of POST /sim/outcomes.
std::span<const RuleField> outcome_fields();

/// What becomes of messages, where a rule says so; else the last digits of the recipient do. The
/// first rule that strikes a message decides about it.
class OutcomeRules {
public:
    struct Rule {
        Aim aim;
        Fate fate;
    };

    explicit OutcomeRules(std::uint64_t seed = 0) : m_seed(seed) {}

    /// Adds the rule that the form says; status=none forgets all. Returns why it makes no sense.
    std::string add(const http::Form& form);
    /// What becomes of a new message. `from` is a number or a Messaging Service.
    Fate decide(std::string_view from, std::string_view to);
    const std::deque<Rule>& rules() const { return m_rules; }

private:
    std::uint64_t m_seed;
    std::uint64_t m_added = 0;
    std::deque<Rule> m_rules;
};

} // namespace smsctl::sim
