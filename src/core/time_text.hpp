#pragma once

#include "core/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smsctl::text {

/// "2026-03-02T10:11:12.345Z".
std::string rfc3339(Instant instant);
/// The same without a fraction: "2026-03-02T10:11:12Z".
std::string rfc3339_seconds(Instant instant);
/// RFC 3339 with any offset; seconds may have a fraction.
std::optional<Instant> parse_rfc3339(std::string_view text);
/// "Tue, 03 Mar 2026 10:15:30 +0000", as Twilio's 2010 API writes dates.
std::string rfc2822(Instant instant);
std::optional<Instant> parse_rfc2822(std::string_view text);
/// "2026-03-02", UTC.
std::string iso_date(Instant instant);
/// "90s", "15m", "2h", "7d", "250ms"; also whole numbers with several units ("1h30m"). At most a
/// century.
std::optional<Millis> parse_duration(std::string_view text);
/// Which way a bare duration points in an argument.
enum class DurationMeans { ago, from_now };
/// A time argument: RFC 3339, `YYYY-MM-DD[ HH:MM]` in local time, or a duration from `now`.
std::optional<Instant> parse_time(std::string_view text, Instant now, DurationMeans means);

} // namespace smsctl::text
