#include "output/print_template.hpp"

#include "core/text.hpp"
#include "output/cells.hpp"
#include "output/printer.hpp"

#include <nlohmann/json.hpp>

namespace smsctl::output {

PrintTemplate::PrintTemplate(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t open = text.find("{{");
        if (open != 0)
            m_parts.push_back({std::string(text.substr(0, open)), false});
        if (open == std::string_view::npos)
            return;
        const std::size_t close = text.find("}}", open);
        if (close == std::string_view::npos)
            throw usage_error("usage.template",
                              "--print: a {{ is never closed",
                              "write fields as {{id}} or {{error.code}}");
        const std::string_view field = text::trim(text.substr(open + 2, close - open - 2));
        if (field.empty())
            throw usage_error("usage.template",
                              "--print: {{}} names no field",
                              "write fields as {{id}} or {{error.code}}");
        m_parts.push_back({std::string(field), true});
        text.remove_prefix(close + 2);
    }
}

std::vector<std::string> PrintTemplate::fields() const
{
    std::vector<std::string> names;
    for (const Part& part : m_parts) {
        if (part.is_field)
            names.push_back(part.text);
    }
    return names;
}

std::string PrintTemplate::render(const Record& record, bool safe) const
{
    std::string text;
    for (const Part& part : m_parts) {
        if (!part.is_field) {
            text += part.text;
            continue;
        }
        const std::string value = cell_text(value_at(record, part.text));
        text += safe ? visible(value) : value;
    }
    return text;
}

} // namespace smsctl::output
