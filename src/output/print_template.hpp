#pragma once

#include "output/record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smsctl::output {

/// `--print`: text with `{{field}}` in it. Values stand as they are, nothing is escaped for HTML.
class PrintTemplate {
public:
    /// Throws `usage.template` for an open or empty `{{`.
    explicit PrintTemplate(std::string_view text);

    /// The fields it names, in order.
    std::vector<std::string> fields() const;
    /// `safe`: control characters of the values become visible escapes.
    std::string render(const Record& record, bool safe) const;

private:
    struct Part {
        std::string text;
        bool is_field = false;
    };
    std::vector<Part> m_parts;
};

} // namespace smsctl::output
