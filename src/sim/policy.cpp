#include "sim/policy.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"
#include "sim/fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <charconv>

namespace smsctl::sim {

namespace {

constexpr std::array<PolicyField, 6> fields{{
    {"mps", "Segments a second that each sender lets go; 0: no limit (usual)."},
    {"queue",
     "Segments that may wait for one sender before 21611, or 30001 through a service; usually "
     "ten hours of mps."},
    {"latency", "Before each answer: 50ms, or 20ms..80ms by chance; beside --latency."},
    {"advanced_opt_out", "true: webhooks of a service's numbers carry OptOutType."},
    {"trial", "true: a trial account. It texts verified numbers only, and every text says so."},
    {"verified", "A number that a trial account may text; may come several times."},
}};

std::string read_mps(std::string_view text, Policy& policy)
{
    double mps = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, mps);
    if (problem != std::errc() || stopped != end || !(mps >= 0 && mps <= 1e6))
        return fmt::format("mps '{}' is no number of segments a second", text);
    policy.mps = mps;
    return {};
}

std::string read_latency(std::string_view text, Policy& policy)
{
    const auto dots = text.find("..");
    const auto shortest = text::parse_duration(text.substr(0, dots));
    const auto longest =
        dots == std::string_view::npos ? shortest : text::parse_duration(text.substr(dots + 2));
    if (!shortest || !longest || *shortest < Millis(0) || *longest < *shortest)
        return fmt::format("latency '{}' is neither like 50ms nor like 20ms..80ms", text);
    policy.shortest_latency = *shortest;
    policy.longest_latency = *longest;
    return {};
}

std::string read_flag(std::string_view name, std::string_view value, bool& flag)
{
    if (value != "true" && value != "false")
        return fmt::format("{} '{}' is neither true nor false", name, value);
    flag = value == "true";
    return {};
}

std::string read(std::string_view name, std::string_view value, Policy& policy)
{
    if (name == "mps")
        return read_mps(value, policy);
    if (name == "latency")
        return read_latency(value, policy);
    if (name == "advanced_opt_out")
        return read_flag(name, value, policy.advanced_opt_out);
    if (name == "trial")
        return read_flag(name, value, policy.trial);
    if (name == "verified") {
        policy.verified.insert(typed_number(value));
        return {};
    }
    const auto count = text::to_integer(value);
    if (!count || *count < 0)
        return fmt::format("queue '{}' is no whole number", value);
    policy.queue = *count;
    return {};
}

} // namespace

std::span<const PolicyField> policy_fields()
{
    return fields;
}

std::string change_policy(Policy& policy, const http::Form& form)
{
    if (std::string problem = unknown_field(form, fields); !problem.empty())
        return problem;
    Policy changed = policy;
    for (const auto& [name, value] : form)
        if (std::string problem = read(name, value, changed); !problem.empty())
            return problem;
    policy = std::move(changed);
    return {};
}

nlohmann::ordered_json policy_json(const Policy& policy)
{
    return {{"mps", policy.mps},
            {"queue", policy.queue},
            {"latency",
             fmt::format(
                 "{}ms..{}ms", policy.shortest_latency.count(), policy.longest_latency.count())},
            {"advanced_opt_out", policy.advanced_opt_out},
            {"trial", policy.trial},
            {"verified", policy.verified}};
}

} // namespace smsctl::sim
