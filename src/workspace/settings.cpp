// What `workspace set` takes. The checks here are of form alone; whether a region or a sender
// exists is for the layers that know.
#include "core/error.hpp"
#include "core/money.hpp"
#include "core/text.hpp"
#include "core/time_text.hpp"
#include "workspace/setting_values.hpp"
#include "workspace/workspace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace smsctl {

namespace settings {

std::optional<Workspace::QuietHours> parse_quiet_hours(std::string_view text)
{
    const auto minutes = [](std::string_view clock) -> std::optional<int> {
        constexpr auto digit = [](char c) { return c >= '0' && c <= '9'; };
        if (clock.size() != 5 || clock[2] != ':' || !digit(clock[0]) || !digit(clock[1]) ||
            !digit(clock[3]) || !digit(clock[4]))
            return std::nullopt;
        const int hour = (clock[0] - '0') * 10 + (clock[1] - '0');
        const int minute = (clock[3] - '0') * 10 + (clock[4] - '0');
        if (hour > 23 || minute > 59)
            return std::nullopt;
        return hour * 60 + minute;
    };
    const auto ends = text::split(text, '-');
    if (ends.size() != 2)
        return std::nullopt;
    const auto from = minutes(ends[0]);
    const auto to = minutes(ends[1]);
    if (!from || !to || *from == *to)
        return std::nullopt;
    return Workspace::QuietHours{.from = *from, .to = *to};
}

std::optional<double> parse_rate(std::string_view text)
{
    double rate = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, rate, std::chars_format::fixed);
    if (read.ec != std::errc() || read.ptr != end || !std::isfinite(rate) || rate <= 0)
        return std::nullopt;
    return rate;
}

std::optional<std::size_t> parse_size(std::string_view text)
{
    constexpr std::size_t kibi = 1024;
    std::size_t unit = 1;
    if (text.ends_with('K'))
        unit = kibi;
    else if (text.ends_with('M'))
        unit = kibi * kibi;
    if (unit > 1)
        text.remove_suffix(1);
    const auto number = text::to_integer(text);
    constexpr auto most = static_cast<long long>(100 * kibi * kibi);
    if (!number || *number < 1 || *number > most)
        return std::nullopt;
    const std::size_t size = static_cast<std::size_t>(*number) * unit;
    return size < kibi || size > static_cast<std::size_t>(most) ? std::nullopt
                                                                : std::optional(size);
}

} // namespace settings

namespace {

constexpr int most_segments = 10;

bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_graphic(char c)
{
    return c > ' ' && c < '\x7f';
}

std::string sender_problem(std::string_view value)
{
    return text::trim(value).empty() ? "it is empty" : "";
}

std::string messaging_service_problem(std::string_view value)
{
    constexpr std::size_t sid_size = 34;
    const bool fits = value.size() == sid_size && value.starts_with("MG") &&
                      std::ranges::all_of(value.substr(2), is_hex);
    return fits ? "" : "a Messaging Service is MG and 32 hexadecimal digits";
}

std::string region_problem(std::string_view value)
{
    const bool fits = value.size() == 2 && std::ranges::all_of(text::upper(value), [](char c) {
                          return c >= 'A' && c <= 'Z';
                      });
    return fits ? "" : "a region is two letters, as in US or DE";
}

/// What stands between the scheme and the path; empty when there is no http or https URL.
std::string_view authority(std::string_view url)
{
    for (const std::string_view scheme : {"http://", "https://"})
        if (url.starts_with(scheme)) {
            url.remove_prefix(scheme.size());
            return url.substr(0, url.find_first_of("/?#"));
        }
    return {};
}

std::string public_url_problem(std::string_view value)
{
    if (authority(value).empty())
        return "it is no http:// or https:// URL";
    if (!std::ranges::all_of(value, is_graphic))
        return "a URL holds no white space and no control characters";
    if (value.find_first_of("?#") != std::string_view::npos)
        return "it ends before any ? or #: the path of a callback is put behind it";
    if (authority(value).find('@') != std::string_view::npos)
        return "it must not hold a user or password";
    return "";
}

bool is_loopback(std::string_view host)
{
    if (host == "localhost" || host == "[::1]")
        return true;
    const auto numbers = text::split(host, '.');
    return numbers.size() == 4 && numbers[0] == "127" &&
           std::ranges::all_of(numbers, [](std::string_view part) {
               const auto number = text::to_integer(part);
               return !part.empty() && part.size() <= 3 && number && *number >= 0 && *number < 256;
           });
}

std::string api_base_problem(std::string_view value)
{
    if (std::string problem = public_url_problem(value); !problem.empty())
        return problem;
    std::string_view host = authority(value);
    const auto port_colon = host.rfind(':');
    if (port_colon != std::string_view::npos && host.back() != ']') {
        const auto port = text::to_integer(host.substr(port_colon + 1));
        if (!port || *port < 1 || *port > 65535)
            return "its port is no number from 1 to 65535";
        host = host.substr(0, port_colon);
    }
    return is_loopback(host) ? "" : "only a loopback address may stand in for the provider";
}

std::string quiet_hours_problem(std::string_view value)
{
    return settings::parse_quiet_hours(value) ? ""
                                              : "quiet hours are two different times, HH:MM-HH:MM";
}

std::string rate_problem(std::string_view value)
{
    return settings::parse_rate(value) ? "" : "a rate is a number of segments a second above 0";
}

std::string max_segments_problem(std::string_view value)
{
    const auto number = text::to_integer(value);
    return number && *number >= 1 && *number <= most_segments ? ""
                                                              : "it is a whole number from 1 to 10";
}

std::string amount_problem(std::string_view value)
{
    const auto micros = parse_micros(value);
    return micros && *micros >= 0 ? "" : "an amount is a decimal such as 25.00, not negative";
}

std::string media_max_problem(std::string_view value)
{
    return settings::parse_size(value) ? "" : "a size is bytes, or 512K or 5M, from 1K to 100M";
}

std::string media_dir_problem(std::string_view value)
{
    return value.starts_with('/') && value.find('\0') == std::string_view::npos
               ? ""
               : "a folder is named by its whole path, from /";
}

std::string reply_pause_problem(std::string_view value)
{
    const auto pause = text::parse_duration(value);
    return pause && *pause >= std::chrono::seconds(1) && *pause <= std::chrono::hours(24)
               ? ""
               : "it is a duration from 1s to 24h";
}

std::string reply_limit_problem(std::string_view value)
{
    const auto number = text::to_integer(value);
    return number && *number >= 1 && *number <= 1000 ? "" : "it is a whole number from 1 to 1000";
}

std::string visibility_delay_problem(std::string_view value)
{
    const auto delay = text::parse_duration(value);
    return delay && *delay >= Millis(0) && *delay <= std::chrono::hours(24)
               ? ""
               : "it is a duration from 0s to 24h";
}

std::string retention_problem(std::string_view value)
{
    const auto length = text::parse_duration(value);
    return length && *length >= std::chrono::hours(24) ? "" : "it is a duration of 1d or more";
}

constexpr std::array kinds{
    SettingKind{"from", "+15550100", "sender used when none is given", sender_problem},
    SettingKind{"messaging-service",
                "MG0123456789abcdef0123456789abcdef",
                "Messaging Service that chooses the sender when none is given",
                messaging_service_problem},
    SettingKind{"region", "US", "where numbers without a country are at home", region_problem},
    SettingKind{"public-url",
                "https://sms.example.com",
                "address at which the provider reaches `listen`",
                public_url_problem},
    SettingKind{"quiet-hours",
                "21:00-08:00",
                "hours in which nothing is sent, in the recipient's zone",
                quiet_hours_problem},
    SettingKind{"rate", "10", "segments a second for each sender", rate_problem},
    SettingKind{"max-segments", "6", "most segments a message may have", max_segments_problem},
    SettingKind{"daily-cap", "25.00", "most that may be spent in 24 hours", amount_problem},
    SettingKind{"segment-price",
                "0.0079",
                "what a segment costs, for estimates before the provider says",
                amount_problem},
    SettingKind{
        "media-max", "5M", "largest picture or other medium that is downloaded", media_max_problem},
    SettingKind{"media-dir",
                "/srv/sms/media",
                "folder to which `listen` downloads media as it arrives",
                media_dir_problem},
    SettingKind{"reply-pause",
                "1m",
                "pause between automatic replies of a rule to one sender",
                reply_pause_problem},
    SettingKind{"reply-limit",
                "20",
                "most automatic replies to one sender in 24 hours",
                reply_limit_problem},
    SettingKind{"visibility-delay",
                "15m",
                "how long the provider may not show yet what was sent",
                visibility_delay_problem},
    SettingKind{"retention",
                "90d",
                "age at which `reconcile` removes messages that are final",
                retention_problem},
    SettingKind{"api-base",
                "http://127.0.0.1:8080",
                "loopback address that stands in for the provider",
                api_base_problem},
};

} // namespace

std::span<const SettingKind> setting_kinds()
{
    return kinds;
}

void check_setting(std::string_view name, std::string_view value)
{
    const auto* const found = std::ranges::find(kinds, name, &SettingKind::name);
    if (found == kinds.end()) {
        const auto distance = [&](const SettingKind& kind) {
            return text::edit_distance(name, kind.name);
        };
        const auto* const nearest = std::ranges::min_element(kinds, {}, distance);
        const bool near = distance(*nearest) <= nearest->name.size() / 2;
        throw usage_error("usage.unknown_setting",
                          fmt::format("there is no setting {}", name),
                          near ? fmt::format("did you mean {}?", nearest->name)
                               : "`smsctl workspace set --help` lists them");
    }
    if (const std::string problem = found->problem(value); !problem.empty())
        throw usage_error("usage.setting",
                          fmt::format("{}={} will not do: {}", name, value, problem),
                          fmt::format("for example {}={}", name, found->example));
}

} // namespace smsctl
