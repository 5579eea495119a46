#include "sim/control.hpp"

#include "sim/answer.hpp"
#include "sim/inbound.hpp"
#include "sim/wire.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::array<ControlPath, 4> paths{{
    {"POST", "/sim/inbound", "a text reaches a number: From, To, Body, MediaUrl"},
    {"POST", "/sim/faults", "kind, count, skip, scope=create|read, retry_after"},
    {"GET", "/sim/faults", "the faults that still wait"},
    {"GET", "/sim/state", "all messages, creates, webhooks and opt-outs as one JSON document"},
}};

} // namespace

std::span<const ControlPath> control_paths()
{
    return paths;
}

http::ServerResponse Control::answer(const http::ServerRequest& request,
                                     const Surroundings& surroundings)
{
    const std::string path = request.target.substr(0, request.target.find('?'));
    const http::Form form = http::decode_form(request.body);
    if (path == "/sim/state" && request.method == "GET")
        return state();
    if (path == "/sim/faults" && request.method == "GET")
        return faults();
    if (path == "/sim/faults" && request.method == "POST") {
        const std::string problem = m_faults.add(form);
        return problem.empty() ? faults() : sim::answer(Problem{400, 20422, problem, {}});
    }
    if (path == "/sim/inbound" && request.method == "POST") {
        const auto received = receive(form, m_account, m_ledger, surroundings);
        if (const auto* problem = std::get_if<Problem>(&received))
            return sim::answer(*problem);
        return sim::answer(201, message_json(*std::get<const Message*>(received), m_account.sid()));
    }
    return sim::answer(not_found(path));
}

http::ServerResponse Control::faults() const
{
    Json list = Json::array();
    for (const Fault& fault : m_faults.waiting())
        if (fault.count > 0)
            list.push_back({{"kind", name(fault.kind)},
                            {"scope", fault.scope == FaultScope::create ? "create" : "read"},
                            {"count", fault.count},
                            {"skip", fault.skip}});
    return sim::answer(200, Json{{"faults", list}});
}

http::ServerResponse Control::state() const
{
    Json messages = Json::array();
    for (const Message& message : m_ledger.all()) {
        Json json = message_json(message, m_account.sid());
        json["deleted"] = message.deleted;
        messages.push_back(std::move(json));
    }
    Json webhooks = Json::array();
    for (const Delivery& delivery : m_caller.deliveries())
        webhooks.push_back({{"message_sid", delivery.message_sid},
                            {"event", delivery.event},
                            {"url", delivery.url},
                            {"attempts", delivery.attempts},
                            {"http_status", delivery.http_status},
                            {"problem", delivery.problem}});
    Json opt_outs = Json::array();
    for (const auto& [ours, theirs] : m_account.opt_outs())
        opt_outs.push_back({{"number", ours}, {"recipient", theirs}});
    return sim::answer(200,
                       Json{{"account_sid", m_account.sid()},
                            {"creates", m_twilio.creates()},
                            {"messages", messages},
                            {"webhooks", webhooks},
                            {"opt_outs", opt_outs}});
}

} // namespace smsctl::sim
