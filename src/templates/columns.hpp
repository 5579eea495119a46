#pragma once

#include "templates/record.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace smsctl::templates {

/// The columns that mean something of their own; their names are compared ignoring ASCII case.
enum class Known { to, body, from, media, key, tz, at };
constexpr std::size_t known_count = 7;

/// The names of a list's columns (of JSON Lines: the keys seen so far), in their order.
class Columns {
public:
    /// `to_name` is what the recipients' column is called; empty: "to".
    explicit Columns(std::string to_name);

    /// Adds one; false when it is there already, or there are too many. Several may be without a
    /// name, and are then found by none.
    bool add(std::string name);
    std::optional<std::size_t> find(const std::string& name) const;
    std::optional<std::size_t> find(Known known) const;
    const std::vector<std::string>& names() const { return m_names; }
    /// How a column that means something is spelled.
    const std::string& name(Known known) const
    {
        return m_known_names[static_cast<std::size_t>(known)];
    }
    /// `no_phone_column`, with the columns `there_are` and the one that was probably meant.
    Problem no_recipients_column(std::vector<std::string> there_are) const;

private:
    std::optional<std::size_t> known_of(std::string_view name) const;

    std::array<std::string, known_count> m_known_names;
    std::array<std::optional<std::size_t>, known_count> m_known;
    std::vector<std::string> m_names;
    std::unordered_map<std::string, std::size_t> m_index;
};

} // namespace smsctl::templates
