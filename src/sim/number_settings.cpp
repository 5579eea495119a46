#include "sim/number_settings.hpp"

namespace smsctl::sim {

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
