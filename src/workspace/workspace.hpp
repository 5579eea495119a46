#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace smsctl {

/// One thing that `workspace set` can set.
struct SettingKind {
    std::string_view name;    ///< "quiet-hours"
    std::string_view example; ///< "21:00-08:00"
    std::string_view meaning; ///< one line for help
    /// Why `value` does not do, as a clause; empty when it does.
    std::string (*problem)(std::string_view value);
};

std::span<const SettingKind> setting_kinds();
/// Throws `usage.unknown_setting` with the nearest name, or `usage.setting` with the reason.
void check_setting(std::string_view name, std::string_view value);

/// A named set of settings and the account they go with.
struct Workspace {
    std::int64_t row = 0;
    std::string id; ///< "ws_…"
    std::string name;
    std::string provider;   ///< "twilio" or "sim"
    std::string account_id; ///< "AC…"
    std::string api_key_id; ///< "SK…"; empty: the account's own token is used
    bool ambient = false;   ///< made from TWILIO_* variables, not by `workspace add`
    bool is_default = false;
    std::map<std::string, std::string, std::less<>> settings; ///< checked by `check_setting`
    Instant created_at;

    /// The setting's value, empty when it is not set.
    std::string setting(std::string_view name) const;
    std::string region() const; ///< "US" when not set
    int max_segments() const;   ///< 10 when not set
    /// Minutes after local midnight at which quiet hours begin and end; nothing when not set.
    struct QuietHours {
        int from = 0;
        int to = 0;
    };
    std::optional<QuietHours> quiet_hours() const;
    std::optional<std::int64_t> daily_cap_micros() const;
    std::optional<std::int64_t> segment_price_micros() const;
    std::optional<double> rate() const; ///< segments a second for each sender
    std::size_t media_max() const;      ///< bytes; 5 MiB when not set
    Millis reply_pause() const;         ///< between replies of a rule to one sender; a minute
    int reply_limit() const;            ///< replies to one sender in 24 hours; 20 when not set
    /// How long after a send the provider may not show it yet; 15 minutes when not set.
    Millis visibility_delay() const;
    std::optional<Millis> retention() const; ///< how long messages are kept; nothing: for ever
};

} // namespace smsctl
