#include "sim/scenario.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/time_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smsctl::sim {

namespace {

/// Why a line cannot be read; the line's number is added by who knows it.
struct LineProblem {
    std::string what;
};

constexpr std::string_view blanks = " \t\r";

bool is_name_letter(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_';
}

/// A line, word by word.
class LineReader {
public:
    explicit LineReader(std::string_view line) : m_rest(line) {}

    /// Goes to the next word; false at the end or a comment.
    bool next()
    {
        m_rest.remove_prefix(std::min(m_rest.find_first_not_of(blanks), m_rest.size()));
        return !m_rest.empty() && m_rest.front() != '#';
    }
    std::string name()
    {
        const auto end = std::find_if_not(m_rest.begin(), m_rest.end(), is_name_letter);
        std::string word(m_rest.begin(), end);
        m_rest.remove_prefix(word.size());
        return word;
    }
    std::pair<std::string, std::string> field()
    {
        const std::string_view at = m_rest.substr(0, m_rest.find_first_of(blanks));
        const std::string field_name = name();
        if (field_name.empty() || !m_rest.starts_with('='))
            throw LineProblem{fmt::format("'{}' is no field such as count=3", at)};
        m_rest.remove_prefix(1);
        return {field_name, m_rest.starts_with('"') ? quoted() : bare()};
    }
    /// Nothing but a blank may follow a word.
    void expect_end_of_word() const
    {
        if (!m_rest.empty() && blanks.find(m_rest.front()) == std::string_view::npos)
            throw LineProblem{fmt::format("a blank is missing before '{}'", m_rest)};
    }

private:
    std::string bare()
    {
        std::string value(m_rest.substr(0, m_rest.find_first_of(blanks)));
        if (value.find('"') != std::string::npos)
            throw LineProblem{fmt::format("'{}': quote the whole value", value)};
        m_rest.remove_prefix(value.size());
        return value;
    }
    std::string quoted()
    {
        std::string value;
        for (std::size_t i = 1; i < m_rest.size(); ++i) {
            if (m_rest[i] == '"') {
                m_rest.remove_prefix(i + 1);
                return value;
            }
            value += m_rest[i] == '\\' ? escaped(++i) : m_rest[i];
        }
        throw LineProblem{"a quoted value has no end"};
    }
    char escaped(std::size_t at) const
    {
        const char letter = at < m_rest.size() ? m_rest[at] : '\0';
        if (letter == 'n')
            return '\n';
        if (letter != '"' && letter != '\\')
            throw LineProblem{"a backslash stands before \", \\ or n"};
        return letter;
    }

    std::string_view m_rest;
};

/// The field `after`, taken out of the line's fields.
void take_after(ScenarioLine& line)
{
    const std::string after(http::first(line.fields, "after"));
    if (!http::contains(line.fields, "after"))
        return;
    const auto length = text::parse_duration(after);
    if (!length || *length < Millis(0))
        throw LineProblem{fmt::format("after '{}' is no duration such as 5s", after)};
    line.after = *length;
    std::erase_if(line.fields, [](const auto& field) { return field.first == "after"; });
}

/// One line; no verb when nothing stands on it.
ScenarioLine read_line(std::string_view text)
{
    ScenarioLine line;
    LineReader reader(text);
    if (!reader.next())
        return line;
    line.verb = reader.name();
    if (line.verb.empty())
        throw LineProblem{fmt::format("'{}' begins with no word", text::trim(text))};
    reader.expect_end_of_word();
    while (reader.next()) {
        line.fields.push_back(reader.field());
        reader.expect_end_of_word();
    }
    take_after(line);
    return line;
}

} // namespace

std::vector<ScenarioLine> parse_scenario(std::string_view text, std::string_view name)
{
    std::vector<ScenarioLine> lines;
    std::size_t number = 0;
    for (const std::string_view each : text::split(text, '\n')) {
        ++number;
        try {
            if (!text::is_utf8(each) || each.find('\0') != std::string_view::npos)
                throw LineProblem{"is not UTF-8 text"};
            ScenarioLine line = read_line(each);
            line.number = number;
            if (!line.verb.empty())
                lines.push_back(std::move(line));
        } catch (const LineProblem& problem) {
            throw usage_error("usage.scenario",
                              fmt::format("{}:{}: {}", name, number, problem.what),
                              "see smsctl help simulator");
        }
    }
    return lines;
}

} // namespace smsctl::sim
