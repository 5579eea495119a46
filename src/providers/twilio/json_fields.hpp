#pragma once

#include "core/clock.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

/// What every reader of Twilio's JSON needs: nothing here throws, whatever a stranger wrote.
namespace smsctl::providers::twilio {

/// `discarded` for what is no JSON, or nests deeper than anything Twilio writes.
nlohmann::json parse_json(std::string_view text);
/// A field as text, be it a string, a number or a boolean; empty when unset.
std::string text_of(const nlohmann::json& object, const char* name);
/// A field as a date of either API; nothing when unset.
std::optional<Instant> date_of(const nlohmann::json& object, const char* name);
std::optional<Instant> date_of(std::string_view text);
std::optional<int> integer_of(std::string_view text);

} // namespace smsctl::providers::twilio
