#include "output/field_match.hpp"

#include "core/error.hpp"
#include "output/cells.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace smsctl::output {

FieldMatch::FieldMatch(const std::string& condition, const std::vector<std::string_view>& objects)
{
    const std::size_t sign = condition.find_first_of("=~");
    if (sign == std::string::npos || sign == 0)
        throw usage_error("usage.match",
                          fmt::format("'{}' is neither FIELD=VALUE nor FIELD~RE", condition));
    m_field = condition.substr(0, sign);
    m_value = condition.substr(sign + 1);
    std::vector<std::string> known;
    for (const std::string_view object : objects)
        for (const std::string& field : fields(object))
            if (std::find(known.begin(), known.end(), field) == known.end())
                known.push_back(field);
    const std::string first = m_field.substr(0, m_field.find('.'));
    if (std::find(known.begin(), known.end(), first) == known.end())
        throw usage_error("usage.fields",
                          fmt::format("no record has a field '{}'", m_field),
                          fmt::format("fields: {}", fmt::join(known, ", ")));
    if (condition[sign] == '~')
        m_pattern.emplace(m_value);
}

bool FieldMatch::holds(const Record& record) const
{
    const std::string text = cell_text(value_at(record, m_field));
    return m_pattern ? m_pattern->is_in(text) : text == m_value;
}

} // namespace smsctl::output
