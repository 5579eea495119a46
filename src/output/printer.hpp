#pragma once

#include "core/clock.hpp"
#include "output/record.hpp"

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::output {

enum class Format { table, json, jsonl, csv, tsv };
std::optional<Format> parse_format(std::string_view word);

/// Where and how records are printed.
struct PrinterOptions {
    Format format = Format::jsonl;
    std::vector<std::string> fields; ///< chosen by --fields; empty: all (or the table's columns)
    std::string print_template;      ///< --print; empty: none
    bool terminal = false;           ///< stdout is one: control characters are shown as escapes
    bool colour = false;
    bool muted = false;           ///< --quiet: records are counted and not printed
    int width = 80;               ///< columns of the terminal
    const Clock* clock = nullptr; ///< what "2m ago" in a table on a terminal counts from
};

/// A table's column: which field, and its head.
struct Column {
    std::string_view field; ///< may reach into an object: "error.code"
    std::string_view head;
};

/// One record or many; `stream` is many whose end is not in sight, so a table is not gathered
/// first.
enum class Shape { one, many, stream };

/// Prints records of one command to stdout in the format chosen once. Each record is flushed;
/// a broken pipe throws BrokenPipe, which commands/cli turns into success.
class Printer {
public:
    /// `columns` are the table's; a record of Shape::one in a table is shown as `field: value`
    /// lines. Throws `usage.fields` for a field that `object` does not have. An object without a
    /// schema (rows of a query) has the fields of `columns`.
    Printer(std::ostream& out,
            PrinterOptions options,
            Shape shape,
            std::string_view object,
            std::vector<Column> columns);
    ~Printer();
    Printer(Printer&&) noexcept;

    /// `record` may be of another object than the printer's (a closing summary): --fields then
    /// keeps what it has of them, CSV and TSV leave it out.
    void print(const Record& record);
    /// Ends a JSON array or prints a gathered table. Must be called once, after the last record.
    void finish();
    std::size_t count() const;
    /// Whether records are counted and not printed.
    bool is_muted() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

struct BrokenPipe {};

/// `text` with control, bidi and escape characters as visible escapes ("\x1b"), for a terminal.
std::string visible(std::string_view text);

} // namespace smsctl::output
