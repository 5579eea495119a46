#pragma once

#include "templates/columns.hpp"
#include "templates/record.hpp"
#include "templates/text_lines.hpp"

#include <optional>

namespace smsctl::templates {

/// The records of JSON Lines: an object a line, its values texts, numbers, true, false or null,
/// which is no value. Numbers stay as they are written. There is no header.
class JsonRecords {
public:
    JsonRecords(TextLines& lines, Columns& columns);

    /// Reads the next record into `record`, and new keys into the columns; `problem` says what is
    /// wrong with it. A first object without the recipients' key ends the list.
    Step next(Record& record, Problem& problem);

private:
    bool read(Record& record);

    TextLines& m_lines;
    Columns& m_columns;
    std::size_t m_count = 0;
    bool m_is_first = true; ///< no object was read yet
};

} // namespace smsctl::templates
