#pragma once

#include "output/record.hpp"

#include <string>
#include <string_view>

namespace smsctl::output {

/// The value at a dotted path; null where there is none.
Record value_at(const Record& record, std::string_view path);
/// A value as the text of a cell: null is empty, objects and arrays are compact JSON.
std::string cell_text(const Record& value);

/// RFC 4180: quoted where it must be. A text that a spreadsheet would run (it begins with
/// = + - @ TAB CR and is neither a number nor E.164) gets a ' in front.
std::string csv_cell(std::string_view text);
/// \t \n \r \\ as escapes.
std::string tsv_cell(std::string_view text);

} // namespace smsctl::output
