#include "webhook/trigger_types.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace smsctl::webhook {

namespace {

constexpr std::array<TriggerType, 14> types{{
    {"inbound.sms", "a text reaches our number"},
    {"inbound.mms", "a message with one picture reaches our number"},
    {"inbound.stop", "the recipient opts out: STOP"},
    {"inbound.start", "the recipient opts in again: START"},
    {"inbound.help", "the recipient asks for HELP"},
    {"status.queued", "our message waits for its sender"},
    {"status.sent", "the carrier has our message"},
    {"status.delivered", "the handset has our message"},
    {"status.undelivered", "the carrier could not deliver; undelivered:CODE says why"},
    {"status.failed", "our message was not sent; failed:CODE says why"},
    {"flow.delivered", "queued, sent, delivered, of one message"},
    {"flow.failed", "queued, failed; failed:CODE says why"},
    {"flow.reordered", "delivered, sent, queued: the last comes first"},
    {"flow.duplicated", "queued, sent, delivered, each twice"},
}};

// Twilio, "Twilio's Request to your Webhook URL" for messaging, and "Track outbound message
// status".
constexpr std::array<std::string_view, 31> inbound_fields{"MessageSid",
                                                          "SmsSid",
                                                          "SmsMessageSid",
                                                          "AccountSid",
                                                          "MessagingServiceSid",
                                                          "From",
                                                          "To",
                                                          "Body",
                                                          "NumMedia",
                                                          "NumSegments",
                                                          "SmsStatus",
                                                          "ApiVersion",
                                                          "FromCity",
                                                          "FromState",
                                                          "FromZip",
                                                          "FromCountry",
                                                          "ToCity",
                                                          "ToState",
                                                          "ToZip",
                                                          "ToCountry",
                                                          "OptOutType",
                                                          "AddOns",
                                                          "ProfileName",
                                                          "WaId",
                                                          "Forwarded",
                                                          "ButtonText",
                                                          "ButtonPayload",
                                                          "ChannelMetadata",
                                                          "Latitude",
                                                          "Longitude",
                                                          "ReferralNumMedia"};
constexpr std::array<std::string_view, 14> status_fields{"MessageSid",
                                                         "SmsSid",
                                                         "MessageStatus",
                                                         "SmsStatus",
                                                         "AccountSid",
                                                         "From",
                                                         "To",
                                                         "ApiVersion",
                                                         "MessagingServiceSid",
                                                         "ErrorCode",
                                                         "ErrorMessage",
                                                         "RawDlrDoneDate",
                                                         "ChannelPrefix",
                                                         "EventType"};

/// "MediaUrl3", "MediaContentType0".
bool is_media_field(std::string_view name)
{
    for (const std::string_view stem : {"MediaUrl", "MediaContentType"})
        if (name.starts_with(stem) && text::to_integer(name.substr(stem.size())))
            return true;
    return false;
}

std::string_view nearest_type(std::string_view type)
{
    return std::min_element(types.begin(),
                            types.end(),
                            [&](const TriggerType& left, const TriggerType& right) {
                                return text::edit_distance(type, left.name) <
                                       text::edit_distance(type, right.name);
                            })
        ->name;
}

} // namespace

std::span<const TriggerType> trigger_types()
{
    return types;
}

bool is_type(std::string_view type)
{
    const std::string_view base = type.substr(0, type.find(':'));
    return std::any_of(
        types.begin(), types.end(), [&](const TriggerType& row) { return row.name == base; });
}

std::vector<std::string> steps_of(std::string_view type)
{
    const TypeName parts = parse_type(type);
    if (parts.kind != "flow")
        return {std::string(type)};
    if (parts.what == "failed")
        return {"status.queued", fmt::format("status.failed:{}", parts.error_code)};
    if (parts.what == "reordered")
        return {"status.delivered", "status.sent", "status.queued"};
    std::vector<std::string> steps;
    for (const char* const step : {"status.queued", "status.sent", "status.delivered"})
        steps.insert(steps.end(), parts.what == "duplicated" ? 2 : 1, step);
    return steps;
}

TypeName parse_type(std::string_view type)
{
    const auto colon = type.find(':');
    const std::string_view base = type.substr(0, colon);
    const auto* found = std::find_if(
        types.begin(), types.end(), [&](const TriggerType& row) { return row.name == base; });
    if (found == types.end())
        throw usage_error(
            "usage.trigger_type",
            fmt::format("'{}' is no type of event", type),
            fmt::format("did you mean {}? See: smsctl trigger --list", nearest_type(base)));
    const auto dot = found->name.find('.');
    TypeName parts{found->name.substr(0, dot), found->name.substr(dot + 1), {}};
    const bool is_failure = parts.what == "failed" || parts.what == "undelivered";
    if (colon != std::string_view::npos) {
        parts.error_code = type.substr(colon + 1);
        if (!is_failure || text::to_integer(parts.error_code).value_or(0) <= 0)
            throw usage_error("usage.trigger_type",
                              fmt::format("'{}' is no type of event", type),
                              "only failed and undelivered take an error code, a number: "
                              "status.failed:30003");
    } else if (is_failure) {
        parts.error_code = parts.what == "failed" ? "30008" : "30003";
    }
    return parts;
}

void check_fields(std::string_view kind, const http::Form& changes)
{
    const bool inbound = kind == "inbound";
    const auto names = inbound ? std::span<const std::string_view>(inbound_fields)
                               : std::span<const std::string_view>(status_fields);
    for (const auto& [name, value] : changes) {
        const bool known = std::find(names.begin(), names.end(), name) != names.end() ||
                           (inbound && is_media_field(name));
        if (!known)
            throw usage_error("usage.trigger_field",
                              fmt::format("{} webhooks have no field '{}'", kind, name),
                              fmt::format("the fields are {}{}",
                                          fmt::join(names, ", "),
                                          inbound ? ", MediaUrl0, MediaContentType0, …" : ""));
    }
}

} // namespace smsctl::webhook
