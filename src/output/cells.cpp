#include "output/cells.hpp"

#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace smsctl::output {

namespace {

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// A sign or none, digits, and perhaps a decimal point with more digits: nothing to be run.
bool is_plain_number(std::string_view text)
{
    if (!text.empty() && (text.front() == '+' || text.front() == '-'))
        text.remove_prefix(1);
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view rest =
        point == std::string_view::npos ? std::string_view("0") : text.substr(point + 1);
    return !whole.empty() && !rest.empty() && std::all_of(whole.begin(), whole.end(), is_digit) &&
           std::all_of(rest.begin(), rest.end(), is_digit);
}

bool would_run_in_a_spreadsheet(std::string_view text)
{
    constexpr std::string_view first = "=+-@\t\r";
    return !text.empty() && first.find(text.front()) != std::string_view::npos &&
           !is_plain_number(text);
}

} // namespace

Record value_at(const Record& record, std::string_view path)
{
    const Record* here = &record;
    for (const std::string_view name : text::split(path, '.')) {
        if (!here->is_object())
            return nullptr;
        const auto found = here->find(std::string(name));
        if (found == here->end())
            return nullptr;
        here = &*found;
    }
    return *here;
}

std::string cell_text(const Record& value)
{
    if (value.is_null())
        return {};
    if (value.is_string())
        return value.get<std::string>();
    return value.dump(-1, ' ', false, Record::error_handler_t::replace);
}

std::string csv_cell(std::string_view text)
{
    std::string safe = would_run_in_a_spreadsheet(text) ? "'" : "";
    safe += text;
    if (safe.find_first_of(",\"\r\n") == std::string::npos)
        return safe;
    std::string quoted = "\"";
    for (const char c : safe) {
        if (c == '"')
            quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::string tsv_cell(std::string_view text)
{
    std::string escaped;
    for (const char c : text) {
        switch (c) {
        case '\t':
            escaped += "\\t";
            break;
        case '\n':
            escaped += "\\n";
            break;
        case '\r':
            escaped += "\\r";
            break;
        case '\\':
            escaped += "\\\\";
            break;
        default:
            escaped += c;
        }
    }
    return escaped;
}

} // namespace smsctl::output
