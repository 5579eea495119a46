#include "templates/csv_records.hpp"

#include "core/text.hpp"
#include "phone/e164.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl::templates {

namespace {

constexpr std::string_view blanks = " \t\r\n";

bool ends_line(std::string_view text)
{
    return text.ends_with('\n') || text.ends_with('\r');
}

bool holds_only(std::string_view text, std::string_view characters)
{
    return text.find_first_not_of(characters) == std::string_view::npos;
}

/// A header would hold a name here.
bool is_number(std::string_view cell, std::string_view region)
{
    constexpr std::ptrdiff_t fewest_digits = 7;
    const auto digits =
        std::count_if(cell.begin(), cell.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits >= fewest_digits && phone::recipient(cell, region).address.has_value();
}

/// How well a header fits when it is cut into `values`.
struct Fit {
    bool has_recipients = false;
    std::size_t columns = 0;

    bool is_better_than(const Fit& other) const
    {
        return has_recipients == other.has_recipients ? columns > other.columns : has_recipients;
    }
};

Fit fit_of(const Values& values, std::string_view to_name)
{
    Fit fit{false, values.size()};
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (text::equal_ignoring_case(text::trim(values.at(i)), to_name))
            fit.has_recipients = true;
    }
    return fit;
}

} // namespace

CsvRecords::CsvRecords(TextLines& lines, Columns& columns, std::string_view delimiters)
    : m_lines(lines), m_columns(columns), m_delimiters(delimiters), m_parser(delimiters.front())
{
}

std::optional<Problem> CsvRecords::open(std::string_view region)
{
    bool has_header = read_header();
    if (has_header && take_separator())
        has_header = read_header();
    if (!has_header)
        return m_header.raw.empty() ? list_problem("no_recipients", "the list is empty")
                                    : m_header.too_long();
    m_count = 1;
    m_header.number = m_count;
    if (auto problem = m_header.check())
        return problem;
    if (auto problem = choose_delimiter())
        return problem;
    return take_names(region);
}

/// Gathers the header before its delimiter is known: to the first line end that is not inside
/// quotes. False when there is none or it is too long.
bool CsvRecords::read_header()
{
    std::string& raw = m_header.raw;
    std::ptrdiff_t quotes = 0;
    while (raw.size() <= longest_record) {
        const std::string_view piece = m_lines.next();
        if (piece.empty())
            return !raw.empty();
        if (raw.empty() && holds_only(piece, blanks))
            continue;
        if (raw.empty())
            m_header.line = m_lines.line();
        raw += piece;
        quotes += std::count(piece.begin(), piece.end(), '"');
        if (ends_line(piece) && quotes % 2 == 0)
            return true;
    }
    return false;
}

/// Takes "sep=;" for what it is; whether it was that.
bool CsvRecords::take_separator()
{
    constexpr std::string_view name = "sep=";
    std::string_view line = m_header.raw;
    while (ends_line(line))
        line.remove_suffix(1);
    std::string_view said = line;
    if (said.size() > 1 && said.front() == '"' && said.back() == '"')
        said = said.substr(1, said.size() - 2);
    if (said.size() != name.size() + 1 ||
        !text::equal_ignoring_case(said.substr(0, name.size()), name))
        return false;
    constexpr std::string_view delimiters = ",;\t|:";
    if (delimiters.find(said.back()) == std::string_view::npos)
        return false;
    m_delimiters = said.back();
    m_separator_line = std::string(line) + '\n';
    m_header = {};
    return true;
}

std::optional<Problem> CsvRecords::choose_delimiter()
{
    std::optional<Fit> best;
    Parsed failure = Parsed::part;
    for (const char delimiter : m_delimiters) {
        CsvParser parser(delimiter);
        Values values;
        Parsed parsed = parser.feed(m_header.raw, values);
        if (parsed == Parsed::part)
            parsed = parser.finish(values);
        if (parsed != Parsed::record) {
            failure = parsed;
            continue;
        }
        const Fit fit = fit_of(values, m_columns.name(Known::to));
        if (best && !fit.is_better_than(*best))
            continue;
        best = fit;
        m_header.values = std::move(values);
        m_parser = CsvParser(delimiter);
        m_delimiter = delimiter;
        m_blanks = delimiter == '\t' ? " \r\n" : blanks;
    }
    if (best)
        return std::nullopt;
    Problem problem;
    judge(failure, m_header, problem);
    return problem;
}

std::optional<Problem> CsvRecords::take_names(std::string_view region)
{
    const Values& cells = m_header.values;
    if (cells.size() > most_columns)
        return list_problem("too_many_columns",
                            fmt::format("the header has more than {} columns", most_columns));
    std::string twice;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string name(text::trim(cells.at(i)));
        if (!m_columns.add(name) && twice.empty())
            twice = name;
    }
    const bool has_recipients = m_columns.find(Known::to).has_value();
    for (std::size_t i = 0; i < cells.size() && !has_recipients; ++i) {
        if (is_number(cells.at(i), region))
            return list_problem(
                "missing_header",
                fmt::format("the first line is a recipient already, not the names of columns: '{}' "
                            "is a number",
                            cells.at(i)),
                fmt::format("put a line with the names above it, such as: {},name",
                            m_columns.name(Known::to)));
    }
    if (!twice.empty())
        return list_problem("duplicate_column",
                            fmt::format("two columns are called '{}'", twice),
                            "give each column a name of its own");
    if (!has_recipients)
        return m_columns.no_recipients_column(m_columns.names());
    return std::nullopt;
}

/// Reads pieces until the record is complete, cannot be, or is too long (`part`); false when there
/// is none any more.
bool CsvRecords::read(Record& record, Parsed& parsed)
{
    record.raw.clear();
    record.values.clear();
    parsed = Parsed::part;
    while (record.raw.size() <= longest_record) {
        const std::string_view piece = m_lines.next();
        if (piece.empty()) {
            const bool has_text = !record.raw.empty();
            if (has_text && parsed == Parsed::part)
                parsed = m_parser.finish(record.values);
            return has_text && parsed != Parsed::part;
        }
        if (record.raw.empty())
            record.line = m_lines.line();
        if (parsed == Parsed::part) {
            parsed = m_parser.feed(piece, record.values);
            m_stray_at = record.raw.size() + m_parser.taken();
        }
        record.raw += piece;
        if (parsed == Parsed::record || parsed == Parsed::bad_quoted_field)
            return true;
        if (parsed == Parsed::stray_quote && ends_line(piece)) {
            if (opens_quotes(std::string_view(record.raw).substr(m_stray_at)))
                parsed = Parsed::bad_quoted_field;
            return true;
        }
        if (ends_line(piece) && holds_only(record.raw, m_blanks))
            record.raw.clear();
    }
    parsed = Parsed::part;
    return true;
}

/// Whether a quoted field, which may have line ends, begins behind a stray quote: its later lines
/// would look like records, and somebody who is only mentioned there would be texted.
bool CsvRecords::opens_quotes(std::string_view rest) const
{
    for (std::size_t at = rest.find(m_delimiter); at != std::string_view::npos;
         at = rest.find(m_delimiter, at + 1)) {
        const std::size_t first = rest.find_first_not_of(m_blanks, at + 1);
        if (first != std::string_view::npos && rest[first] == '"')
            return true;
    }
    return false;
}

/// What `parsed` means for the record.
Step CsvRecords::judge(Parsed parsed, Record& record, Problem& problem) const
{
    if (parsed == Parsed::part) {
        problem = record.too_long();
        return Step::broken;
    }
    if (parsed == Parsed::open_quote) {
        problem = record.problem("unterminated_quote", "a quote is opened and never closed");
        return Step::broken;
    }
    if (parsed == Parsed::bad_quoted_field) {
        problem = record.problem("stray_quote",
                                 "a quote stands where it may not, so that nobody can say where "
                                 "the record ends",
                                 "double the quotes inside a quoted field: \"say \"\"hi\"\"\"");
        return Step::broken;
    }
    if (auto found = record.check())
        problem = *std::move(found);
    else if (parsed == Parsed::stray_quote)
        problem = record.problem("stray_quote",
                                 "a field that is not quoted has a quote in it",
                                 "quote the field and double the quote: \"5\"\" pipe\"");
    else if (const std::size_t count = record.values.size(), wanted = m_header.values.size();
             count != wanted)
        problem = record.problem(count < wanted ? "too_few_fields" : "too_many_fields",
                                 fmt::format("it has {} fields, the header {}", count, wanted));
    else
        return Step::row;
    return Step::bad_row;
}

Step CsvRecords::next(Record& record, Problem& problem)
{
    Parsed parsed = Parsed::part;
    if (!read(record, parsed))
        return Step::end;
    record.number = ++m_count;
    return judge(parsed, record, problem);
}

} // namespace smsctl::templates
