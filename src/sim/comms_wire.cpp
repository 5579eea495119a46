#include "sim/comms_wire.hpp"

#include "core/time_text.hpp"
#include "sim/answer.hpp"
#include "sim/outcome.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

namespace {

std::string error_page(int code)
{
    return fmt::format("https://www.twilio.com/docs/errors/{}", code);
}

Json ends_json(const std::string& address, const char* channel)
{
    return {{"address", address}, {"channel", channel}};
}

Json attempt_json(const Message& message, std::string_view account)
{
    Json error = nullptr;
    if (message.error_code != 0)
        error = {{"code", message.error_code},
                 {"message", error_text(message.error_code)},
                 {"infoUrl", error_page(message.error_code)}};
    return {{"from", ends_json(message.from, "SMS")},
            {"to", Json::array({ends_json(message.to, "PHONE")})},
            {"status", comms_status(message.status)},
            {"attemptedAt", text::rfc3339(message.updated_at)},
            {"infoUrl",
             fmt::format(
                 "https://console.twilio.com/us1/monitor/logs/sms/{}/{}", account, message.sid)},
            {"error", error}};
}

} // namespace

std::string_view comms_status(std::string_view status)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> words{
        {{"scheduled", "SCHEDULED"},
         {"sent", "SENT"},
         {"delivered", "DELIVERED"},
         {"read", "READ"},
         {"undelivered", "UNDELIVERED"},
         {"failed", "FAILED"},
         {"canceled", "CANCELED"},
         {"received", "INBOUND"}}};
    const auto* const found = std::find_if(
        words.begin(), words.end(), [&](const auto& row) { return row.first == status; });
    return found == words.end() ? "QUEUED" : found->second; // accepted, queued, sending
}

Json operation_json(const CommsOperation& operation)
{
    std::map<std::string_view, std::size_t> counts;
    Instant updated_at = operation.created_at;
    for (const CommsMessage* each : operation.messages) {
        ++counts[comms_status(each->message->status)];
        updated_at = std::max(updated_at, each->message->updated_at);
    }
    const bool goes_on = counts["QUEUED"] + counts["SCHEDULED"] > 0;
    std::string_view status = goes_on ? "PROCESSING" : "COMPLETED";
    if (counts["SCHEDULED"] > 0)
        status = "SCHEDULED";
    return {{"id", operation.id},
            {"status", status},
            {"stats",
             {{"total", operation.recipients},
              {"recipients", operation.recipients},
              {"attempts", operation.messages.size() - counts["SCHEDULED"]},
              {"unaddressable", operation.unaddressable},
              {"queued", counts["QUEUED"]},
              {"sent", counts["SENT"]},
              {"scheduled", counts["SCHEDULED"]},
              {"delivered", counts["DELIVERED"]},
              {"read", counts["READ"]},
              {"undelivered", counts["UNDELIVERED"]},
              {"failed", counts["FAILED"]},
              {"canceled", counts["CANCELED"]}}},
            {"createdAt", text::rfc3339(operation.created_at)},
            {"updatedAt", text::rfc3339(updated_at)}};
}

Json message_json(const CommsMessage& message, const std::string& base)
{
    const CommsOperation& operation = *message.operation;
    const Message& classic = *message.message;
    return {{"id", message.id},
            {"from", ends_json(classic.from, "SMS")},
            {"to", Json::array({ends_json(classic.to, "PHONE")})},
            {"status", comms_status(classic.status)},
            {"related",
             Json::array({{{"name", "OPERATION"},
                           {"id", operation.id},
                           {"uri", fmt::format("{}/Operations/{}", base, operation.id)}}})},
            {"tags", operation.tags},
            {"scheduledFor",
             operation.send_at ? Json(text::rfc3339(*operation.send_at)) : Json(nullptr)},
            {"createdAt", text::rfc3339(classic.created_at)},
            {"updatedAt", text::rfc3339(classic.updated_at)},
            {"deletedAt", nullptr}};
}

Json whole_message_json(const CommsMessage& message,
                        const std::string& base,
                        std::string_view account)
{
    Json json = message_json(message, base);
    json["content"] = {{"text", message.message->body}};
    json["attempts"] = Json::array();
    if (message.message->status != "scheduled")
        json["attempts"].push_back(attempt_json(*message.message, account));
    return json;
}

http::ServerResponse answer(const std::vector<CommsProblem>& problems)
{
    Json errors = Json::array();
    for (const CommsProblem& problem : problems)
        errors.push_back(
            {{"code", problem.code},
             {"message", problem.message},
             {"infoUrl", error_page(problem.code)},
             {"context", problem.context.empty() ? Json(nullptr) : Json(problem.context)}});
    return answer(problems.front().http, Json{{"errors", errors}});
}

} // namespace smsctl::sim
