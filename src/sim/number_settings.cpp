#include "sim/number_settings.hpp"

#include "http/url.hpp"

#include <fmt/format.h>

#include <cctype>

namespace smsctl::sim {

namespace {

constexpr std::size_t longest_friendly_name = 64;

/// "SmsFallbackUrl" is "sms_fallback_url" in answers.
std::string wire_name(std::string_view parameter)
{
    std::string name;
    for (const char letter : parameter) {
        const auto byte = static_cast<unsigned char>(letter);
        if (std::isupper(byte) != 0 && !name.empty())
            name += '_';
        name += static_cast<char>(std::tolower(byte));
    }
    return name;
}

std::optional<Problem> problem_with(const std::string& name, const std::string& value)
{
    if (name == "friendly_name" && value.size() > longest_friendly_name)
        return Problem{400, 20002, "Invalid FriendlyName", {}};
    if (value.empty())
        return std::nullopt;
    if ((name.ends_with("_url") || name == "status_callback") && !http::parse_url(value))
        return Problem{400, 21402, fmt::format("Invalid Url: {}", value), {}};
    if (name.ends_with("_method") && value != "GET" && value != "POST")
        return Problem{400, 21403, fmt::format("Invalid Method: {}", value), {}};
    return std::nullopt;
}

} // namespace

std::optional<Problem> change_settings(PhoneNumber& number, const http::Form& form, Instant now)
{
    PhoneNumber changed = number;
    for (const auto& [parameter, value] : form) {
        const std::string name = wire_name(parameter);
        const auto setting = changed.settings.find(name);
        if (setting == changed.settings.end())
            continue;
        if (auto problem = problem_with(name, value))
            return problem;
        if (name == "sms_url" && !value.empty() && !number.capabilities.sms)
            return Problem{400, 21407, "This phone number type does not support SMS", {}};
        setting->second = value;
    }
    if (changed.setting("sms_url").empty() && !changed.setting("sms_fallback_url").empty())
        return Problem{400, 21406, "An SmsUrl is required to set an SmsFallbackUrl", {}};
    changed.updated_at = now;
    number = std::move(changed);
    return std::nullopt;
}

} // namespace smsctl::sim
