#include "workspace/workspace.hpp"

#include "core/money.hpp"
#include "core/text.hpp"
#include "core/time_text.hpp"
#include "workspace/setting_values.hpp"

namespace smsctl {

namespace {

constexpr int default_max_segments = 10;
constexpr std::size_t default_media_max = std::size_t{5} << 20U; // what a message may carry
constexpr Millis default_reply_pause = std::chrono::minutes(1);
constexpr int default_reply_limit = 20;
constexpr Millis default_visibility_delay = std::chrono::minutes(15);

} // namespace

std::string Workspace::setting(std::string_view setting_name) const
{
    const auto found = settings.find(setting_name);
    return found == settings.end() ? std::string() : found->second;
}

std::string Workspace::region() const
{
    const std::string region = setting("region");
    return region.empty() ? "US" : text::upper(region);
}

int Workspace::max_segments() const
{
    const auto number = text::to_integer(setting("max-segments"));
    return number ? static_cast<int>(*number) : default_max_segments;
}

std::optional<Workspace::QuietHours> Workspace::quiet_hours() const
{
    return settings::parse_quiet_hours(setting("quiet-hours"));
}

std::optional<std::int64_t> Workspace::daily_cap_micros() const
{
    return parse_micros(setting("daily-cap"));
}

std::optional<std::int64_t> Workspace::segment_price_micros() const
{
    return parse_micros(setting("segment-price"));
}

std::optional<double> Workspace::rate() const
{
    return settings::parse_rate(setting("rate"));
}

std::size_t Workspace::media_max() const
{
    return settings::parse_size(setting("media-max")).value_or(default_media_max);
}

Millis Workspace::reply_pause() const
{
    return text::parse_duration(setting("reply-pause")).value_or(default_reply_pause);
}

std::optional<Millis> Workspace::retention() const
{
    return text::parse_duration(setting("retention"));
}

int Workspace::reply_limit() const
{
    const auto number = text::to_integer(setting("reply-limit"));
    return number ? static_cast<int>(*number) : default_reply_limit;
}

Millis Workspace::visibility_delay() const
{
    return text::parse_duration(setting("visibility-delay")).value_or(default_visibility_delay);
}

} // namespace smsctl
