#include "output/table.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"
#include "output/cells.hpp"
#include "output/terminal_text.hpp"
#include "sms/status.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace smsctl::output {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest_last_column = 10;
/// Whole numbers and statuses fit in it; an id cut to it is still a reference, being a prefix.
constexpr std::size_t narrowest_cut_column = 12;

std::string relative_time(Instant at, Instant now)
{
    using std::chrono::duration_cast;
    const bool past = at <= now;
    const auto seconds = duration_cast<std::chrono::seconds>(past ? now - at : at - now).count();
    if (seconds == 0)
        return "now";
    std::string length;
    if (seconds < 60)
        length = fmt::format("{}s", seconds);
    else if (seconds < 3600)
        length = fmt::format("{}m", seconds / 60);
    else if (seconds < 86400)
        length = fmt::format("{}h", seconds / 3600);
    else
        length = fmt::format("{}d", seconds / 86400);
    return past ? length + " ago" : "in " + length;
}

bool is_time_field(std::string_view field)
{
    return field.size() > 3 && field.substr(field.size() - 3) == "_at";
}

std::string shown(const Record& record, const std::string& field, const PrinterOptions& options)
{
    const std::string cell = cell_text(value_at(record, field));
    if (options.terminal && options.clock != nullptr && is_time_field(field)) {
        if (const auto at = text::parse_rfc3339(cell))
            return relative_time(*at, options.clock->now());
    }
    return visible(cell);
}

std::string_view status_colour(std::string_view word)
{
    const auto status = sms::parse_status(word);
    if (!status)
        return {};
    if (sms::is_failure(*status))
        return "\x1b[31m";
    if (*status == sms::Status::in_doubt)
        return "\x1b[35m";
    return sms::is_final(*status) ? "\x1b[32m" : "\x1b[33m";
}

std::string coloured(const std::string& field, const std::string& cell, bool colour)
{
    if (!colour || field != "status")
        return cell;
    const std::string_view begin = status_colour(text::trim(cell));
    return begin.empty() ? cell : fmt::format("{}{}\x1b[0m", begin, cell);
}

bool is_zero(const Record& value)
{
    return value.is_number() && value == 0;
}

/// An object's fields in the place of the object: "account" as "account.id", "account.name". Of
/// counts only those that count something.
std::vector<std::string> unfolded(const Record& record, const std::vector<std::string>& fields)
{
    std::vector<std::string> names;
    for (const std::string& field : fields) {
        const Record value = value_at(record, field);
        if (!value.is_object()) {
            names.push_back(field);
            continue;
        }
        const bool are_counts = std::all_of(
            value.begin(), value.end(), [](const Record& inner) { return inner.is_number(); });
        for (const auto& [name, inner] : value.items())
            if (!are_counts || !is_zero(inner))
                names.push_back(fmt::format("{}.{}", field, name));
    }
    return names;
}

/// One line an item; the fields of an object follow one another.
std::string array_lines(const std::string& field, const Record& array, std::size_t widest)
{
    std::string lines;
    for (const Record& item : array) {
        std::vector<std::string> parts;
        if (!item.is_object())
            parts.push_back(visible(cell_text(item)));
        for (const Record& value : item.is_object() ? item : Record::object()) {
            if (value.is_boolean())
                parts.emplace_back(value.get<bool>() ? "yes" : "no");
            else if (!value.is_null())
                parts.push_back(visible(cell_text(value)));
        }
        lines += fmt::format("{:<{}}  {}\n",
                             lines.empty() ? field + ":" : std::string(),
                             widest + 1,
                             fmt::join(parts, "  "));
    }
    return lines;
}

} // namespace

Table::Table(std::vector<std::string> fields,
             std::vector<std::string> heads,
             PrinterOptions options)
    : m_fields(std::move(fields)), m_heads(std::move(heads)), m_options(std::move(options))
{
    for (const std::string& head : m_heads)
        m_widths.push_back(display_width(head));
}

std::string Table::add(const Record& record)
{
    std::vector<std::string> cells;
    for (std::size_t column = 0; column < m_fields.size(); ++column) {
        cells.push_back(shown(record, m_fields[column], m_options));
        if (!m_fitted)
            m_widths[column] = std::max(m_widths[column], display_width(cells.back()));
    }
    m_rows.push_back(std::move(cells));
    return m_rows.size() > m_gather || m_started ? flush() : std::string();
}

std::string Table::finish()
{
    return flush();
}

std::size_t Table::overflow() const
{
    std::size_t used = std::min(m_widths.back(), narrowest_last_column);
    for (std::size_t column = 0; column + 1 < m_widths.size(); ++column)
        used += m_widths[column] + gap;
    const auto width = static_cast<std::size_t>(std::max(m_options.width, 1));
    return used > width ? used - width : 0;
}

void Table::drop_empty_columns()
{
    for (std::size_t column = m_fields.size() - 1; column-- > 0;) {
        const auto empty = [column](const auto& row) { return row[column].empty(); };
        if (!std::all_of(m_rows.begin(), m_rows.end(), empty))
            continue;
        const auto at = static_cast<std::ptrdiff_t>(column);
        m_fields.erase(m_fields.begin() + at);
        m_heads.erase(m_heads.begin() + at);
        m_widths.erase(m_widths.begin() + at);
        for (auto& row : m_rows)
            row.erase(row.begin() + at);
    }
}

void Table::fit()
{
    if (overflow() == 0)
        return;
    drop_empty_columns();
    m_fitted = true;
    const auto before_last = m_widths.end() - 1;
    for (std::size_t over = overflow(); over > 0; --over) {
        const auto widest = std::max_element(m_widths.begin(), before_last);
        if (widest == before_last || *widest <= narrowest_cut_column)
            return;
        --*widest;
    }
}

std::string Table::flush()
{
    if (m_rows.empty())
        return {};
    std::string lines;
    if (!std::exchange(m_started, true)) {
        if (m_options.terminal && m_gather > 0)
            fit();
        lines += line(m_heads, true);
    }
    for (const auto& row : m_rows)
        lines += line(row, false);
    m_rows.clear();
    return lines;
}

std::string Table::line(const std::vector<std::string>& cells, bool head)
{
    std::string text;
    std::size_t used = 0;
    for (std::size_t column = 0; column < cells.size(); ++column) {
        std::string cell = cells[column];
        if (column + 1 == cells.size()) {
            const auto width = static_cast<std::size_t>(std::max(m_options.width, 1));
            if (m_options.terminal)
                cell = cut_to_width(cell,
                                    width > used + narrowest_last_column ? width - used
                                                                         : narrowest_last_column);
        } else {
            if (m_fitted)
                cell = cut_to_width(cell, m_widths[column]);
            const std::size_t own = display_width(cell);
            cell.append(m_widths[column] - std::min(own, m_widths[column]) + gap, ' ');
            used += m_widths[column] + gap;
        }
        text += head ? cell : coloured(m_fields[column], cell, m_options.colour);
    }
    if (text.find_last_not_of(' ') != std::string::npos)
        text.erase(text.find_last_not_of(' ') + 1);
    if (head && m_options.colour)
        text = "\x1b[1m" + text + "\x1b[0m";
    return text + '\n';
}

std::string field_lines(const Record& record,
                        const std::vector<std::string>& fields,
                        const PrinterOptions& options)
{
    const std::vector<std::string> names = unfolded(record, fields);
    std::size_t widest = 0;
    for (const std::string& field : names)
        widest = std::max(widest, field.size());
    std::string lines;
    for (const std::string& field : names) {
        const Record value = value_at(record, field);
        if (value.is_array()) {
            lines += array_lines(field, value, widest);
            continue;
        }
        const std::string cell = shown(record, field, options);
        if (cell.empty())
            continue;
        lines += fmt::format(
            "{:<{}}  {}\n", field + ":", widest + 1, coloured(field, cell, options.colour));
    }
    return lines;
}

} // namespace smsctl::output
