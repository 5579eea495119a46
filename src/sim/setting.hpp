#pragma once

#include "sim/answer.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::sim {

/// Settings of a resource by their wire names ("sms_url").
using Settings = std::map<std::string, std::string, std::less<>>;

/// The wire name of a parameter: "SmsFallbackUrl" is "sms_fallback_url" in answers.
std::string wire_name(std::string_view parameter);
/// Why a setting cannot have this value: a name too long, a bad URL or method.
std::optional<Problem> problem_with(const std::string& name, const std::string& value);

} // namespace smsctl::sim
