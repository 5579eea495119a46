#pragma once

#include "output/printer.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::output {

/// Lines records up in columns. Gathers the first rows to learn the widths; later ones follow
/// with what is known by then. On a terminal too narrow for them columns without a value go, then
/// the widest are cut.
class Table {
public:
    Table(std::vector<std::string> fields, std::vector<std::string> heads, PrinterOptions options);

    /// Takes a record; gives the lines that can be printed now.
    std::string add(const Record& record);
    /// What is still gathered. Heads alone are not printed: an empty table is empty.
    std::string finish();
    /// Stops gathering: rows are printed as they come.
    void print_at_once() { m_gather = 0; }

private:
    std::string line(const std::vector<std::string>& cells, bool head);
    std::string flush();
    void fit();
    void drop_empty_columns();
    /// By how many places the columns are too wide for the terminal.
    std::size_t overflow() const;

    std::vector<std::string> m_fields;
    std::vector<std::string> m_heads;
    PrinterOptions m_options;
    std::vector<std::size_t> m_widths;
    std::vector<std::vector<std::string>> m_rows;
    std::size_t m_gather = 500;
    bool m_started = false;
    bool m_fitted = false; ///< the widths hold, and what is longer is cut
};

/// A record as `field: value` lines, the values lined up.
std::string field_lines(const Record& record,
                        const std::vector<std::string>& fields,
                        const PrinterOptions& options);

} // namespace smsctl::output
