#include "templates/json_records.hpp"

#include "core/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace smsctl::templates {

namespace {

using Json = nlohmann::json;

constexpr const char* object_hint =
    "each line is one object, such as {\"to\":\"+14155550100\",\"name\":\"Ann\"}";
constexpr const char* array_hint = "jq -c '.[]' FILE makes a line of each object of a list";

/// nlohmann's events of one line, put into the values of its record.
class Handler {
public:
    Handler(Record& record, Columns& columns) : m_record(record), m_columns(columns) {}

    std::optional<Problem> take_problem() { return std::move(m_problem); }
    bool saw(Known known) const
    {
        const auto column = m_columns.find(known);
        return column && *column < m_seen.size() && m_seen[*column];
    }
    std::vector<std::string> keys() const
    {
        std::vector<std::string> keys;
        for (std::size_t i = 0; i < m_seen.size(); ++i) {
            if (m_seen[i])
                keys.push_back(m_columns.names()[i]);
        }
        return keys;
    }

    bool null() { return value({}, false); }
    bool boolean(bool b) { return value(b ? "true" : "false"); }
    bool number_integer(Json::number_integer_t number) { return value(std::to_string(number)); }
    bool number_unsigned(Json::number_unsigned_t number) { return value(std::to_string(number)); }
    bool number_float(Json::number_float_t, const std::string& written) { return value(written); }
    bool string(std::string& text)
    {
        if (text.find('\0') != std::string::npos)
            return fail("nul_byte", fmt::format("the value of '{}' holds a NUL", m_key));
        return value(text);
    }
    bool binary(Json::binary_t&) { return false; }
    bool start_object(std::size_t)
    {
        if (m_inside)
            return nested();
        m_inside = true;
        return true;
    }
    bool key(std::string& name)
    {
        m_key = name;
        auto column = m_columns.find(name);
        if (!column) {
            if (!m_columns.add(name))
                return fail("too_many_columns",
                            fmt::format("the list has more than {} different keys", most_columns));
            column = m_columns.names().size() - 1;
        }
        m_column = *column;
        if (m_seen.size() <= m_column)
            m_seen.resize(m_column + 1);
        if (m_seen[m_column])
            return fail("duplicate_key", fmt::format("the key '{}' is there twice", name));
        m_seen[m_column] = true;
        return true;
    }
    bool end_object() { return true; }
    bool start_array(std::size_t) { return m_inside ? nested() : value({}); }
    bool end_array() { return true; }
    bool parse_error(std::size_t position, const std::string&, const Json::exception&)
    {
        const std::string_view raw = m_record.raw;
        const bool is_cut = text::trim(raw) == "[" || text::trim(raw) == "{";
        return fail("bad_json",
                    position > raw.size()
                        ? "the line ends before its JSON does"
                        : fmt::format("it is not JSON at byte {} of the line", position),
                    is_cut ? array_hint : object_hint);
    }

private:
    bool value(std::string_view text, bool is_there = true)
    {
        if (!m_inside)
            return fail("not_an_object",
                        "it is JSON, but not an object",
                        m_record.raw.starts_with('[') ? array_hint : object_hint);
        if (is_there)
            m_record.values.put(m_column, text);
        return true;
    }
    bool nested()
    {
        return fail("nested_value",
                    fmt::format("the value of '{}' is a list or an object", m_key),
                    "a message can hold texts, numbers, true and false");
    }
    /// Ends the parsing of this line.
    bool fail(std::string code, std::string message, std::string hint = {})
    {
        m_problem = m_record.problem(std::move(code), std::move(message), std::move(hint));
        return false;
    }

    Record& m_record;
    Columns& m_columns;
    bool m_inside = false;
    std::string m_key;
    std::size_t m_column = 0;
    std::vector<bool> m_seen;
    std::optional<Problem> m_problem;
};

} // namespace

JsonRecords::JsonRecords(TextLines& lines, Columns& columns) : m_lines(lines), m_columns(columns) {}

/// False when there is no line any more; a line that is too long is left where that shows.
bool JsonRecords::read(Record& record)
{
    record.raw.clear();
    record.values.clear();
    while (record.raw.size() <= longest_record) {
        const std::string_view piece = m_lines.next();
        if (piece.empty())
            return !record.raw.empty();
        if (record.raw.empty())
            record.line = m_lines.line();
        record.raw += piece;
        if (!piece.ends_with('\n') && !piece.ends_with('\r'))
            continue;
        if (!is_blank(record.raw))
            return true;
        record.raw.clear();
    }
    return true;
}

Step JsonRecords::next(Record& record, Problem& problem)
{
    if (!read(record) || is_blank(record.raw))
        return Step::end;
    record.number = ++m_count;
    if (record.raw.size() > longest_record) {
        problem = record.too_long();
        return Step::broken;
    }
    Handler handler(record, m_columns);
    auto found = record.check();
    if (!found) {
        Json::sax_parse(record.raw, &handler);
        found = handler.take_problem();
    }
    if (found) {
        problem = *std::move(found);
        return problem.code == "too_many_columns" ? Step::broken : Step::bad_row;
    }
    if (std::exchange(m_is_first, false) && !handler.saw(Known::to)) {
        problem = m_columns.no_recipients_column(handler.keys());
        return Step::broken;
    }
    return Step::row;
}

} // namespace smsctl::templates
