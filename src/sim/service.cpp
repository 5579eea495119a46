#include "sim/service.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smsctl::sim {

namespace {

constexpr int longest_validity = 36'000;

constexpr std::array<std::string_view, 3> scan_words{"inherit", "enable", "disable"};

Problem invalid(std::string_view parameter, std::string_view value)
{
    return {400, 20001, fmt::format("Invalid value for {}: {}", parameter, value), {}};
}

/// One parameter of the form; unknown ones are ignored, as Twilio does.
std::optional<Problem>
take(MessagingService& service, const std::string& parameter, const std::string& value)
{
    const std::string name = wire_name(parameter);
    if (const auto flag = service.flags.find(name); flag != service.flags.end()) {
        const std::string word = text::lower(value);
        if (word != "true" && word != "false")
            return invalid(parameter, value);
        flag->second = word == "true";
        return std::nullopt;
    }
    if (name == "validity_period") {
        const auto seconds = text::to_integer(value);
        if (!seconds || *seconds < 1 || *seconds > longest_validity)
            return invalid(parameter, value);
        service.validity_period = static_cast<int>(*seconds);
        return std::nullopt;
    }
    const auto setting = service.settings.find(name);
    if (setting == service.settings.end())
        return std::nullopt;
    if (auto problem = problem_with(name, value))
        return problem;
    if (name == "scan_message_content" &&
        std::find(scan_words.begin(), scan_words.end(), value) == scan_words.end())
        return invalid(parameter, value);
    setting->second = value;
    return std::nullopt;
}

} // namespace

MessagingService::MessagingService(std::string service_sid, Instant now)
    : sid(std::move(service_sid)),
      settings{{"friendly_name", ""},
               {"inbound_request_url", ""},
               {"inbound_method", "POST"},
               {"fallback_url", ""},
               {"fallback_method", "POST"},
               {"status_callback", ""},
               {"scan_message_content", "inherit"},
               {"usecase", "undeclared"}},
      flags{{"sticky_sender", true},
            {"mms_converter", true},
            {"smart_encoding", false},
            {"fallback_to_long_code", false},
            {"area_code_geomatch", true},
            {"synchronous_validation", false},
            {"use_inbound_webhook_on_number", false}},
      created_at(now),
      updated_at(now)
{
}

const std::string& MessagingService::setting(std::string_view name) const
{
    return settings.find(name)->second;
}

bool MessagingService::has_sender(std::string_view number_sid) const
{
    return std::find(senders.begin(), senders.end(), number_sid) != senders.end();
}

std::optional<Problem>
change_service(MessagingService& service, const http::Form& form, Instant now)
{
    MessagingService changed = service;
    for (const auto& [parameter, value] : form)
        if (auto problem = take(changed, parameter, value))
            return problem;
    if (changed.setting("friendly_name").empty())
        return Problem{400, 20001, "Missing required parameter FriendlyName in the post body", {}};
    changed.updated_at = now;
    service = std::move(changed);
    return std::nullopt;
}

} // namespace smsctl::sim
