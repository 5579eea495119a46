#include "sim/overrides.hpp"

#include "core/text.hpp"
#include "http/form.hpp"

namespace smsctl::sim {

namespace {

constexpr int most_retries = 5;
constexpr Millis shortest{100};
constexpr Millis longest{15'000};

void read_length(std::string_view text, Millis& length)
{
    const auto number = text::to_integer(text);
    if (number && Millis(*number) >= shortest && Millis(*number) <= longest)
        length = Millis(*number);
}

void read_policy(std::string_view text, ConnectionOverrides& overrides)
{
    overrides.retries_connect = false;
    for (const std::string_view word : text::split(text, ',')) {
        const bool all = word == "all";
        overrides.retries_connect |= all || word == "ct";
        overrides.retries_timeout |= all || word == "rt";
        overrides.retries_4xx |= all || word == "4xx";
        overrides.retries_5xx |= all || word == "5xx";
    }
}

} // namespace

ConnectionOverrides connection_overrides(std::string_view url)
{
    ConnectionOverrides overrides;
    const auto hash = url.find('#');
    if (hash == std::string_view::npos)
        return overrides;
    for (const auto& [name, value] : http::decode_form(url.substr(hash + 1))) {
        if (name == "rp")
            read_policy(value, overrides);
        else if (name == "tt")
            read_length(value, overrides.total);
        else if (name == "rt")
            read_length(value, overrides.read);
        else if (const auto count = text::to_integer(value);
                 name == "rc" && count && *count >= 0 && *count <= most_retries)
            overrides.retries = static_cast<int>(*count);
    }
    return overrides;
}

} // namespace smsctl::sim
