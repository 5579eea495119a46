#include "store/reference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace smsctl::store {

namespace {

constexpr std::size_t shortest_prefix = 4;

bool may_be_in_id(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '-';
}

} // namespace

std::optional<PrefixRange> prefix_range(std::string_view prefix)
{
    if (prefix.size() < shortest_prefix || !std::ranges::all_of(prefix, may_be_in_id))
        return std::nullopt;
    PrefixRange range{std::string(prefix), std::string(prefix)};
    ++range.to.back();
    return range;
}

Error ambiguous(std::string_view thing,
                std::string_view reference,
                const std::vector<std::string>& candidates)
{
    const std::size_t shown = std::min(candidates.size(), candidates_shown);
    const bool more = candidates.size() > shown;
    return usage_error("usage.ambiguous",
                       fmt::format("{} fits more than one {}: {}{}",
                                   reference,
                                   thing,
                                   fmt::join(std::span(candidates).first(shown), ", "),
                                   more ? ", …" : ""),
                       "give more of the id");
}

Error foreign_row(std::string_view thing)
{
    return {Exit::failed,
            "internal.foreign_row",
            fmt::format("a {} was written for one that the workspace does not have", thing),
            "this is a bug of smsctl"};
}

} // namespace smsctl::store
