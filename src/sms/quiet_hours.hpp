#pragma once

#include "core/clock.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smsctl::sms {

/// The IANA zones people in a region live by ("US" has many); empty for a region nobody knows.
std::vector<std::string> zones_of_region(std::string_view region);
bool is_time_zone(std::string_view zone);

/// The first of `zones` in which the local time lies in [from, to), minutes after midnight and over
/// midnight when `to` is the smaller; empty when it is quiet in none. A recipient whose zone is
/// not known must not be woken in any that it may be.
std::string quiet_zone(const std::vector<std::string>& zones, int from, int to, Instant now);

} // namespace smsctl::sms
