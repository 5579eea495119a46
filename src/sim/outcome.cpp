// Twilio's own magic numbers decide what a create answers. What happens to a message after that
// cannot be provoked there, so these endings are ours: the error code itself, where there is one.

#include "sim/outcome.hpp"

#include <algorithm>
#include <array>

namespace smsctl::sim {

namespace {

constexpr std::array<Outcome, 11> table{{
    {"30000", "sent", 0, "no delivery report ever comes"},
    {"30001", "failed", 30001, "Queue overflow"},
    {"30002", "failed", 30002, "Account suspended"},
    {"30003", "undelivered", 30003, "Unreachable destination handset"},
    {"30004", "undelivered", 30004, "Message blocked"},
    {"30005", "undelivered", 30005, "Unknown destination handset"},
    {"30006", "undelivered", 30006, "Landline or unreachable carrier"},
    {"30007", "undelivered", 30007, "Message filtered"},
    {"30008", "failed", 30008, "Unknown error"},
    {"30034", "undelivered", 30034, "US A2P 10DLC - Message from an Unregistered Number"},
    {"30036", "failed", 30036, "Validity Period Expired"},
}};
constexpr Outcome usual{"", "delivered", 0, "delivered"};

} // namespace

std::span<const Outcome> outcomes()
{
    return table;
}

const Outcome& outcome_of(std::string_view to)
{
    const auto* found = std::find_if(
        table.begin(), table.end(), [&](const Outcome& row) { return to.ends_with(row.ending); });
    return found == table.end() ? usual : *found;
}

std::string_view error_text(int code)
{
    const auto* found = std::find_if(
        table.begin(), table.end(), [&](const Outcome& row) { return row.error_code == code; });
    return found == table.end() || code == 0 ? std::string_view() : found->meaning;
}

} // namespace smsctl::sim
