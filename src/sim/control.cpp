#include "sim/control.hpp"

#include "core/time_text.hpp"
#include "sim/answer.hpp"
#include "sim/inbound.hpp"
#include "sim/wire.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::array<ControlPath, 6> paths{{
    {"POST", "/sim/inbound", "A text reaches a number: From, To, Body, MediaUrl."},
    {"POST", "/sim/faults", "One more fault: its kind, and which requests it strikes."},
    {"GET", "/sim/faults", "The faults that still wait."},
    {"POST", "/sim/clock", "Put its clock forward: advance=15m."},
    {"GET", "/sim/counts", "How many of what, for when there are too many to list."},
    {"GET", "/sim/state", "All messages, creates, webhooks and opt-outs as one JSON document."},
}};

Json fault_json(const Fault& fault)
{
    return {{"kind", name(fault.kind)},
            {"scope", word(fault.scope)},
            {"count", fault.count ? Json(*fault.count) : Json(nullptr)},
            {"skip", fault.skip},
            {"percent", static_cast<double>(fault.hundredths) / 100},
            {"from", fault.from},
            {"to", fault.to},
            {"kept", fault.kept},
            {"above", fault.above}};
}

/// What the client asked for, whatever became of the message since.
Json create_json(const Message& message)
{
    Json media = Json::array();
    for (const MessageMedia& each : message.media)
        media.push_back(each.url);
    return {{"sid", message.sid},
            {"to", message.to},
            {"from", message.sender_was_chosen ? "" : message.from},
            {"messaging_service_sid", message.service_sid},
            {"body", message.asked_body()},
            {"media_urls", media},
            {"status_callback", message.status_callback},
            {"send_at", message.send_at ? Json(text::rfc3339(*message.send_at)) : Json(nullptr)},
            {"at", text::rfc3339(message.created_at)}};
}

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
    if (path == "/sim/counts" && request.method == "GET")
        return sim::answer(200, counts_json(m_ledger, m_traffic, m_faults, m_caller));
    if (path == "/sim/clock" && request.method == "POST")
        return put_forward(form);
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
        list.push_back(fault_json(fault));
    return sim::answer(200, Json{{"faults", list}});
}

http::ServerResponse Control::put_forward(const http::Form& form)
{
    const std::string_view text = http::first(form, "advance");
    const auto length = text::parse_duration(text);
    if (!length || *length < Millis(0))
        return sim::answer(
            Problem{400, 20422, fmt::format("advance '{}' is no duration such as 15m", text), {}});
    m_clock.put_forward(*length);
    m_ledger.catch_up();
    return sim::answer(200, Json{{"now", text::rfc3339(m_clock.now())}});
}

http::ServerResponse Control::state() const
{
    Json messages = Json::array();
    Json creates = Json::array();
    for (const Message& message : m_ledger.all()) {
        if (message.direction != "inbound")
            creates.push_back(create_json(message));
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
                            {"messaging_service_sid", m_account.service_sid()},
                            {"now", text::rfc3339(m_clock.now())},
                            {"creates", creates},
                            {"messages", messages},
                            {"webhooks", webhooks},
                            {"opt_outs", opt_outs}});
}

} // namespace smsctl::sim
