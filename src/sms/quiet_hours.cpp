#include "sms/quiet_hours.hpp"

#include <unicode/strenum.h>
#include <unicode/timezone.h>

#include <memory>

namespace smsctl::sms {

std::vector<std::string> zones_of_region(std::string_view region)
{
    std::vector<std::string> zones;
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::StringEnumeration> names(icu::TimeZone::createTimeZoneIDEnumeration(
        UCAL_ZONE_TYPE_CANONICAL_LOCATION, std::string(region).c_str(), nullptr, status));
    if (U_FAILURE(status) != 0)
        return zones;
    while (const char* name = names->next(nullptr, status))
        zones.emplace_back(name);
    return zones;
}

bool is_time_zone(std::string_view zone)
{
    const std::unique_ptr<icu::TimeZone> known(
        icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(std::string(zone))));
    return *known != icu::TimeZone::getUnknown();
}

std::string quiet_zone(const std::vector<std::string>& zones, int from, int to, Instant now)
{
    constexpr int day = 24 * 60;
    for (const std::string& name : zones) {
        const std::unique_ptr<icu::TimeZone> zone(
            icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name)));
        UErrorCode status = U_ZERO_ERROR;
        std::int32_t raw = 0;
        std::int32_t summer = 0;
        zone->getOffset(static_cast<UDate>(now.time_since_epoch().count()), 0, raw, summer, status);
        if (U_FAILURE(status) != 0)
            continue;
        const auto local = now + Millis(raw + summer);
        const auto midnight = std::chrono::floor<std::chrono::days>(local);
        const auto minute = static_cast<int>(
            std::chrono::floor<std::chrono::minutes>(local - midnight).count() % day);
        const bool quiet =
            from <= to ? minute >= from && minute < to : minute >= from || minute < to;
        if (quiet)
            return name;
    }
    return {};
}

} // namespace smsctl::sms
