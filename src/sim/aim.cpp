#include "sim/aim.hpp"

#include "sim/fields.hpp"

#include <fmt/format.h>

namespace smsctl::sim {

Aim::Shot Aim::shoot()
{
    if (skip > 0) {
        --skip;
        return Shot::pass;
    }
    if (hundredths < always && static_cast<std::int64_t>(chance() % always) >= hundredths)
        return Shot::miss;
    if (count)
        --*count;
    return Shot::hit;
}

std::string read_aim(const http::Form& form, Aim& aim)
{
    const auto count = count_field(form, "count", 0);
    const auto skip = count_field(form, "skip", 0);
    if (!count || !skip)
        return "count and skip must be whole numbers";
    const std::string_view percent = http::first(form, "percent");
    const auto share = percent.empty() ? always : percentage(percent);
    if (!share)
        return fmt::format("percent '{}' is no number from 0 to 100", percent);
    aim.from = typed_number(http::first(form, "from"));
    aim.to = typed_number(http::first(form, "to"));
    aim.skip = *skip;
    aim.hundredths = *share;
    aim.count = http::first(form, "count").empty() ? std::nullopt : count;
    return {};
}

} // namespace smsctl::sim
