#include "sms/bulk_request.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace smsctl::sms {

namespace {

constexpr std::array<std::string_view, 6> words{
    "armed", "accepted", "untracked", "refused", "not_sent", "unknown"};

} // namespace

std::string_view word(BulkState state)
{
    return words[static_cast<std::size_t>(state)];
}

std::optional<BulkState> parse_bulk_state(std::string_view word)
{
    const auto* const found = std::find(words.begin(), words.end(), word);
    if (found == words.end())
        return std::nullopt;
    return static_cast<BulkState>(found - words.begin());
}

} // namespace smsctl::sms
