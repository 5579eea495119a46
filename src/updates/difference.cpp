#include "updates/difference.hpp"

#include <fmt/format.h>

namespace smsctl::updates {

std::string_view word(DifferenceKind kind)
{
    switch (kind) {
    case DifferenceKind::added:
        return "added";
    case DifferenceKind::changed:
        return "changed";
    case DifferenceKind::removed:
        return "removed";
    }
    return "";
}

void compare(std::vector<FieldDifference>& fields,
             std::string_view field,
             const std::string& from,
             const std::string& to)
{
    if (from != to)
        fields.push_back({field, from, to});
}

std::string price_text(const std::optional<Money>& price)
{
    return price ? fmt::format("{} {}", decimal(price->micros), price->currency) : std::string();
}

} // namespace smsctl::updates
