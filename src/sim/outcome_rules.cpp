#include "sim/outcome_rules.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"
#include "sim/fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace smsctl::sim {

namespace {

constexpr std::array<RuleField, 8> fields{{
    {"status",
     "The last one it reaches: sent (no report ever comes), delivered, read, undelivered, failed; "
     "none forgets all rules."},
    {"code", "Why, for undelivered and failed: an error code such as 30005 (usually 30008)."},
    {"delay", "How much later the report comes: 500ms, 3s; shorter under --speed."},
    {"to", "Only this recipient's messages."},
    {"from", "Only this sender's, a number or a Messaging Service."},
    {"count", "How many messages; usually without end."},
    {"skip", "How many go another way first."},
    {"percent", "So many of a hundred, by chance; with the same --seed the same."},
}};

constexpr std::array<std::string_view, 5> statuses{
    "sent", "delivered", "read", "undelivered", "failed"};
constexpr int usual_code = 30'008;

std::string read(const http::Form& form, Fate& fate)
{
    const std::string_view word = http::first(form, "status");
    const auto* status = std::find(statuses.begin(), statuses.end(), word);
    if (status == statuses.end())
        return fmt::format("status '{}' is not one of {}", word, fmt::join(statuses, ", "));
    fate.status = *status;
    const bool fails = fate.status == "undelivered" || fate.status == "failed";
    const std::string_view code = http::first(form, "code");
    const auto number = code.empty() ? usual_code : text::to_integer(code).value_or(0);
    if (number < 10'000 || number > 99'999 || (!fails && !code.empty()))
        return fmt::format("code '{}' is no error code of status {}", code, word);
    fate.error_code = fails ? static_cast<int>(number) : 0;
    const std::string_view length = http::first(form, "delay");
    const auto delay = length.empty() ? Millis(0) : text::parse_duration(length);
    if (!delay || *delay < Millis(0))
        return fmt::format("delay '{}' is no duration such as 2s", length);
    fate.delay = *delay;
    return {};
}

} // namespace

std::span<const RuleField> outcome_fields()
{
    return fields;
}

std::string OutcomeRules::add(const http::Form& form)
{
    if (http::first(form, "status") == "none") {
        m_rules.clear();
        return {};
    }
    if (std::string problem = unknown_field(form, fields); !problem.empty())
        return problem;
    Rule rule;
    if (std::string problem = read(form, rule.fate); !problem.empty())
        return problem;
    if (std::string problem = read_aim(form, rule.aim); !problem.empty())
        return problem;
    constexpr std::uint64_t apart_from_faults = 0x6f7574;
    rule.aim.chance.seed((m_seed + m_added++) ^ apart_from_faults);
    if (!rule.aim.is_used_up())
        m_rules.push_back(std::move(rule));
    return {};
}

Fate OutcomeRules::decide(std::string_view from, std::string_view to)
{
    for (auto rule = m_rules.begin(); rule != m_rules.end(); ++rule) {
        if (!rule->aim.concerns(from, to))
            continue;
        const Aim::Shot shot = rule->aim.shoot();
        if (shot == Aim::Shot::pass)
            break;
        if (shot == Aim::Shot::miss)
            continue;
        const Fate fate = rule->fate;
        if (rule->aim.is_used_up())
            m_rules.erase(rule);
        return fate;
    }
    const Outcome& usual = outcome_of(to);
    return {usual.status, usual.error_code, Millis(0)};
}

} // namespace smsctl::sim
