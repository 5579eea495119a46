#pragma once

#include "templates/columns.hpp"
#include "templates/csv_parser.hpp"
#include "templates/record.hpp"
#include "templates/text_lines.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smsctl::templates {

/// The records of a CSV file with a header.
class CsvRecords {
public:
    /// `delimiters`: those that may be, the likeliest first.
    CsvRecords(TextLines& lines, Columns& columns, std::string_view delimiters);

    /// Reads the header into the columns. Its delimiter is what a line "sep=;" above it says, as
    /// Excel writes it, else the one under which it has the recipients' column, else the one that
    /// makes most columns of it. `region` is where national
    /// numbers are at home: a header with a number in it is none.
    std::optional<Problem> open(std::string_view region);
    /// Reads the next record into `record`; `problem` says what is wrong with it.
    Step next(Record& record, Problem& problem);
    /// As it stands in the list, with the line above it that names the delimiter, if there is one.
    std::string header() const { return m_separator_line + m_header.raw; }

private:
    bool read_header();
    bool take_separator();
    std::optional<Problem> choose_delimiter();
    std::optional<Problem> take_names(std::string_view region);
    bool read(Record& record, Parsed& parsed);
    bool opens_quotes(std::string_view rest) const;
    Step judge(Parsed parsed, Record& record, Problem& problem) const;

    TextLines& m_lines;
    Columns& m_columns;
    std::string m_delimiters;
    char m_delimiter = ',';
    std::string m_blanks; ///< what a line without a record may hold
    CsvParser m_parser;
    std::string m_separator_line;
    Record m_header;
    std::size_t m_count = 0;    ///< records read, with the header
    std::size_t m_stray_at = 0; ///< where in the raw record a quote stands that may not
};

} // namespace smsctl::templates
