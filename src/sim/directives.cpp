#include "sim/directives.hpp"

#include "core/error.hpp"
#include "sim/account.hpp"
#include "sim/calls.hpp"
#include "sim/faults.hpp"
#include "sim/fields.hpp"
#include "sim/inbound.hpp"
#include "sim/ledger.hpp"
#include "sim/replies.hpp"
#include "sim/sim_clock.hpp"

#include <fmt/format.h>

#include <array>

namespace smsctl::sim {

namespace {

constexpr std::array<DirectiveName, 6> names{{
    {"fault", "/sim/faults", "Something goes wrong."},
    {"outcome", "/sim/outcomes", "What becomes of messages."},
    {"reply", "/sim/replies", "Recipients answer, with STOP for one."},
    {"set", "/sim/settings", "How the account is set up."},
    {"inbound", "/sim/inbound", "A text reaches a number."},
    {"call", "/sim/calls", "A call that was."},
}};

} // namespace

std::span<const DirectiveName> directive_names()
{
    return names;
}

std::string Directives::check(std::string_view verb, const http::Form& fields) const
{
    if (verb == "fault")
        return Faults().add(fields);
    if (verb == "outcome")
        return OutcomeRules().add(fields);
    if (verb == "reply") {
        const auto rule = Replies::read(fields);
        const auto* problem = std::get_if<std::string>(&rule);
        return problem == nullptr ? "" : *problem;
    }
    if (verb == "set") {
        Policy scratch = m_world.account.policy();
        return change_policy(scratch, fields);
    }
    if (verb == "call") {
        const auto call = read_call(fields, m_world.account, m_world.clock.now());
        const auto* problem = std::get_if<std::string>(&call);
        return problem == nullptr ? "" : *problem;
    }
    if (verb == "inbound") {
        if (std::string problem = unknown_field(fields, inbound_fields()); !problem.empty())
            return problem;
        const auto problem = m_world.inbound.check(fields);
        return problem ? problem->message : "";
    }
    return fmt::format("'{}' is no word of a scenario", verb);
}

std::string Directives::apply(std::string_view verb, const http::Form& fields)
{
    if (verb == "fault")
        return m_world.faults.add(fields);
    if (verb == "outcome")
        return m_world.ledger.outcomes().add(fields);
    if (verb == "reply")
        return m_world.replies.add(fields);
    if (std::string problem = check(verb, fields); !problem.empty())
        return problem;
    if (verb == "set")
        change_policy(m_world.account.policy(), fields);
    else if (verb == "call")
        m_world.calls.add(fields, m_world.clock.now());
    else if (const auto received = m_world.inbound.receive(fields);
             const auto* problem = std::get_if<Problem>(&received))
        return problem->message;
    return {};
}

void Directives::run(const std::vector<ScenarioLine>& lines, std::string_view name)
{
    const auto refuse = [&](const ScenarioLine& line, const std::string& problem) {
        return usage_error("usage.scenario",
                           fmt::format("{}:{}: {}", name, line.number, problem),
                           "see smsctl help simulator");
    };
    for (const ScenarioLine& line : lines)
        if (const std::string problem = check(line.verb, line.fields); !problem.empty())
            throw refuse(line, problem);
    for (const ScenarioLine& line : lines) {
        if (line.after > Millis(0)) {
            const auto delay = static_cast<double>(line.after.count()) / m_speed;
            m_after(Millis(static_cast<Millis::rep>(delay)),
                    [this, verb = line.verb, fields = line.fields] { apply(verb, fields); });
        } else if (const std::string problem = apply(line.verb, line.fields); !problem.empty()) {
            throw refuse(line, problem);
        }
    }
}

} // namespace smsctl::sim
