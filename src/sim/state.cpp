#include "sim/state.hpp"

#include "core/time_text.hpp"
#include "sim/account.hpp"
#include "sim/alerts.hpp"
#include "sim/calls.hpp"
#include "sim/faults.hpp"
#include "sim/ledger.hpp"
#include "sim/media_content.hpp"
#include "sim/replies.hpp"
#include "sim/sim_clock.hpp"
#include "sim/webhook_caller.hpp"
#include "sim/wire.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

namespace {

/// "2.5s"
std::string seconds(Millis length)
{
    return fmt::format("{:g}s", std::chrono::duration<double>(length).count());
}

Json aim_json(const Aim& aim)
{
    return {{"from", aim.from},
            {"to", aim.to},
            {"count", aim.count ? Json(*aim.count) : Json(nullptr)},
            {"skip", aim.skip},
            {"percent", static_cast<double>(aim.hundredths) / 100}};
}

Json fault_json(const Fault& fault)
{
    return {{"kind", name(fault.kind)},
            {"scope", word(fault.scope)},
            {"count", fault.aim.count ? Json(*fault.aim.count) : Json(nullptr)},
            {"skip", fault.aim.skip},
            {"percent", static_cast<double>(fault.aim.hundredths) / 100},
            {"from", fault.aim.from},
            {"to", fault.aim.to},
            {"kept", fault.kept},
            {"above", fault.above},
            {"event", fault.event},
            {"delay", seconds(fault.length)}};
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

Json media_json(const Message& message)
{
    Json list = Json::array();
    for (const MessageMedia& each : message.media)
        list.push_back({{"sid", each.sid},
                        {"url", each.url.starts_with("data:") ? "data:" : each.url},
                        {"content_type", each.content_type},
                        {"size", media_file(each.url).bytes.size()},
                        {"deleted", each.deleted}});
    return list;
}

/// Messages with what the wire does not say, and the creates that made them.
void add_messages(const World& world, Json& state)
{
    Json messages = Json::array();
    Json creates = Json::array();
    for (const Message& message : world.ledger.all()) {
        if (message.direction != "inbound")
            creates.push_back(create_json(message));
        Json json = message_json(message, world.account.sid());
        json["deleted"] = message.deleted;
        json["media"] = media_json(message);
        json["feedback"] = message.feedback.empty() ? Json(nullptr) : Json(message.feedback);
        messages.push_back(std::move(json));
    }
    state["creates"] = std::move(creates);
    state["messages"] = std::move(messages);
}

Json webhooks_json(const WebhookCaller& caller)
{
    Json webhooks = Json::array();
    for (const Delivery& delivery : caller.deliveries())
        webhooks.push_back({{"message_sid", delivery.message_sid},
                            {"event", delivery.event},
                            {"url", delivery.url},
                            {"attempts", delivery.attempts},
                            {"http_status", delivery.http_status},
                            {"content_type", delivery.content_type},
                            {"answer", delivery.answer},
                            {"problem", delivery.problem}});
    return webhooks;
}

Json rules_json(const World& world)
{
    Json outcomes = Json::array();
    for (const OutcomeRules::Rule& rule : world.ledger.outcomes().rules()) {
        Json json = aim_json(rule.aim);
        json["status"] = rule.fate.status;
        json["code"] = rule.fate.error_code == 0 ? Json(nullptr) : Json(rule.fate.error_code);
        json["delay"] = seconds(rule.fate.delay);
        outcomes.push_back(std::move(json));
    }
    Json replies = Json::array();
    for (const Replies::Rule& rule : world.replies.rules()) {
        Json json = aim_json(rule.aim);
        json["body"] = rule.body;
        json["delay"] = seconds(rule.delay);
        replies.push_back(std::move(json));
    }
    return {{"outcomes", outcomes}, {"replies", replies}, {"faults", faults_json(world)["faults"]}};
}

} // namespace

Json faults_json(const World& world)
{
    Json list = Json::array();
    for (const Fault& fault : world.faults.waiting())
        list.push_back(fault_json(fault));
    return Json{{"faults", list}};
}

Json state_json(const World& world)
{
    const Account& account = world.account;
    Json state{{"account_sid", account.sid()},
               {"messaging_service_sid", account.service_sid()},
               {"now", text::rfc3339(world.clock.now())},
               {"settings", policy_json(account.policy())}};
    add_messages(world, state);
    state["calls"] = Json::array();
    for (const Call& call : world.calls.all())
        state["calls"].push_back(world.calls.json(call));
    state["numbers"] = Json::array();
    for (const PhoneNumber& number : account.numbers())
        state["numbers"].push_back(number_json(number, account.sid()));
    state["services"] = Json::array();
    for (const MessagingService& service : account.services()) {
        Json json = service_json(service, account.sid(), "");
        json["senders"] = service.senders;
        state["services"].push_back(std::move(json));
    }
    state["webhooks"] = webhooks_json(world.caller);
    state["alerts"] = Json::array();
    for (const Alert& alert : world.alerts.all()) {
        Json json = world.alerts.json(alert, "");
        json["message"] = alert.message;
        state["alerts"].push_back(std::move(json));
    }
    state["opt_outs"] = Json::array();
    for (const auto& [ours, theirs] : account.opt_outs())
        state["opt_outs"].push_back({{"number", ours}, {"recipient", theirs}});
    state.update(rules_json(world));
    return state;
}

} // namespace smsctl::sim
