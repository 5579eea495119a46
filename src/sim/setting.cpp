#include "sim/setting.hpp"

#include "http/url.hpp"

#include <fmt/format.h>

#include <cctype>

namespace smsctl::sim {

namespace {

constexpr std::size_t longest_friendly_name = 64;

} // namespace

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

} // namespace smsctl::sim
