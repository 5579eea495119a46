#pragma once

#include "core/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// How many candidates an ambiguous reference lists.
constexpr std::size_t candidates_shown = 10;

/// The texts that start with `prefix`, as a half-open range for an index; nothing for a reference
/// that is too short or holds what no id does.
struct PrefixRange {
    std::string from;
    std::string to;
};
std::optional<PrefixRange> prefix_range(std::string_view prefix);

/// `usage.ambiguous`, naming up to ten of `candidates`.
Error ambiguous(std::string_view thing,
                std::string_view reference,
                const std::vector<std::string>& candidates);

/// A row that a caller refers to is not the workspace's.
Error foreign_row(std::string_view thing);

} // namespace smsctl::store
