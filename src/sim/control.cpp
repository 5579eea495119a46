#include "sim/control.hpp"

#include "core/error.hpp"
#include "core/time_text.hpp"
#include "sim/account.hpp"
#include "sim/answer.hpp"
#include "sim/calls.hpp"
#include "sim/counts.hpp"
#include "sim/inbound.hpp"
#include "sim/ledger.hpp"
#include "sim/sim_clock.hpp"
#include "sim/state.hpp"
#include "sim/wire.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::array<ControlPath, 11> paths{{
    {"POST", "/sim/inbound", "A text reaches a number: From, To, Body, MediaUrl."},
    {"POST", "/sim/faults", "One more fault: its kind, and which requests it strikes."},
    {"GET", "/sim/faults", "The faults that still wait."},
    {"POST", "/sim/outcomes", "What becomes of messages: a status, and which messages."},
    {"POST", "/sim/replies", "Recipients answer: a body, and which of them."},
    {"POST", "/sim/settings", "How the account is set up: mps, latency and more."},
    {"POST", "/sim/calls", "A call that was: From, To and more."},
    {"POST", "/sim/scenario", "All lines of a scenario, as they stand in its file."},
    {"POST", "/sim/clock", "Put its clock forward: advance=15m."},
    {"GET", "/sim/counts", "How many of what, for when there are too many to list."},
    {"GET",
     "/sim/state",
     "Messages, media, calls, numbers, services, webhooks with their answers, alerts, opt-outs and "
     "rules as one JSON document."},
}};

http::ServerResponse unprocessable(const std::string& problem)
{
    return answer(Problem{400, 20422, problem, {}});
}

} // namespace

std::span<const ControlPath> control_paths()
{
    return paths;
}

http::ServerResponse Control::answer(const http::ServerRequest& request)
{
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (request.method == "GET") {
        if (path == "/sim/state")
            return sim::answer(200, state_json(m_world));
        if (path == "/sim/counts")
            return sim::answer(
                200, counts_json(m_world.ledger, m_world.traffic, m_world.faults, m_world.caller));
        if (path == "/sim/faults")
            return sim::answer(200, faults_json(m_world));
    }
    return request.method == "POST" ? post(path, request.body) : sim::answer(not_found(path));
}

http::ServerResponse Control::post(const std::string& path, const std::string& body)
{
    const http::Form form = http::decode_form(body);
    if (path == "/sim/clock")
        return put_forward(form);
    if (path == "/sim/scenario")
        return run_scenario(body);
    if (path == "/sim/inbound") {
        const auto received = m_world.inbound.receive(form);
        if (const auto* problem = std::get_if<Problem>(&received))
            return sim::answer(*problem);
        return sim::answer(
            201, message_json(*std::get<const Message*>(received), m_world.account.sid()));
    }
    if (path == "/sim/calls") {
        const auto added = m_world.calls.add(form, m_world.clock.now());
        if (const auto* problem = std::get_if<std::string>(&added))
            return unprocessable(*problem);
        return sim::answer(201, m_world.calls.json(*std::get<const Call*>(added)));
    }
    const auto names = directive_names();
    const auto found = std::find_if(
        names.begin(), names.end(), [&](const DirectiveName& row) { return row.path == path; });
    if (found == names.end())
        return sim::answer(not_found(path));
    const std::string problem = m_directives.apply(found->verb, form);
    if (!problem.empty())
        return unprocessable(problem);
    return path == "/sim/faults" ? sim::answer(200, faults_json(m_world))
                                 : sim::answer(200, Json{{"done", true}});
}

http::ServerResponse Control::run_scenario(const std::string& text)
{
    try {
        const auto lines = parse_scenario(text, "scenario");
        m_directives.run(lines, "scenario");
        return sim::answer(200, Json{{"lines", lines.size()}});
    } catch (const Error& error) {
        return unprocessable(error.what());
    }
}

http::ServerResponse Control::put_forward(const http::Form& form)
{
    const std::string_view text = http::first(form, "advance");
    const auto length = text::parse_duration(text);
    if (!length || *length < Millis(0))
        return unprocessable(fmt::format("advance '{}' is no duration such as 15m", text));
    m_world.clock.put_forward(*length);
    m_world.ledger.catch_up();
    return sim::answer(200, Json{{"now", text::rfc3339(m_world.clock.now())}});
}

} // namespace smsctl::sim
