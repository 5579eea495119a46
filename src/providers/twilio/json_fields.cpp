#include "providers/twilio/json_fields.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"

#include <nlohmann/json.hpp>

#include <limits>

namespace smsctl::providers::twilio {

using nlohmann::json;

namespace {

/// Whether `text` nests deeper than anything Twilio writes: what the library reads in a loop it
/// writes by recursion, which a stranger's brackets could drive off the stack.
bool is_too_deep(std::string_view text)
{
    constexpr int deepest = 64;
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size() && depth <= deepest; ++i) {
        const char c = text[i];
        if (in_string && c == '\\')
            ++i;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '[' || c == '{'))
            ++depth;
        else if (!in_string && (c == ']' || c == '}'))
            --depth;
    }
    return depth > deepest;
}

} // namespace

json parse_json(std::string_view text)
{
    return is_too_deep(text) ? json(json::value_t::discarded) : json::parse(text, nullptr, false);
}

std::string text_of(const json& object, const char* name)
{
    const auto field = object.find(name);
    if (field == object.end() || field->is_null())
        return {};
    if (field->is_string())
        return field->get<std::string>();
    return field->is_primitive() ? field->dump() : std::string();
}

std::optional<int> integer_of(std::string_view text)
{
    const auto value = text::to_integer(text);
    if (!value || *value < std::numeric_limits<int>::min() ||
        *value > std::numeric_limits<int>::max())
        return std::nullopt;
    return static_cast<int>(*value);
}

std::optional<Instant> date_of(const json& object, const char* name)
{
    return date_of(text_of(object, name));
}

std::optional<Instant> date_of(std::string_view text)
{
    if (text.empty())
        return std::nullopt;
    const auto instant = text::parse_rfc2822(text);
    return instant ? instant : text::parse_rfc3339(text);
}

} // namespace smsctl::providers::twilio
