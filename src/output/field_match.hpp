#pragma once

#include "core/pattern.hpp"
#include "output/record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::output {

/// A condition on a record's field: `FIELD=VALUE` (the very text) or `FIELD~RE` (a pattern
/// somewhere in it). FIELD may be dotted; a null counts as the empty text.
class FieldMatch {
public:
    /// Throws `usage.match` when `condition` is none, `usage.fields` for a field that none of
    /// `objects` has, `usage.pattern`.
    FieldMatch(const std::string& condition, const std::vector<std::string_view>& objects);

    bool holds(const Record& record) const;

private:
    std::string m_field;
    std::string m_value;
    std::optional<Pattern> m_pattern; ///< in place of the value
};

} // namespace smsctl::output
