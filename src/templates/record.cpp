#include "templates/record.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl::templates {

std::string Problem::text() const
{
    return record == 0 ? message : fmt::format("record {} (line {}): {}", record, line, message);
}

void Values::clear()
{
    m_text.clear();
    m_spans.clear();
}

void Values::append(std::string_view value)
{
    m_spans.push_back(
        {static_cast<std::uint32_t>(m_text.size()), static_cast<std::uint32_t>(value.size())});
    m_text += value;
}

void Values::put(std::size_t column, std::string_view value)
{
    if (m_spans.size() <= column)
        m_spans.resize(column + 1);
    m_spans[column] = {static_cast<std::uint32_t>(m_text.size()),
                       static_cast<std::uint32_t>(value.size())};
    m_text += value;
}

bool Values::has(std::size_t column) const
{
    return column < m_spans.size() && m_spans[column].begin != Span::none;
}

std::string_view Values::at(std::size_t column) const
{
    if (!has(column))
        return {};
    return std::string_view(m_text).substr(m_spans[column].begin, m_spans[column].size);
}

std::optional<Problem> Record::check()
{
    while (raw.ends_with('\n') || raw.ends_with('\r'))
        raw.pop_back();
    if (raw.find('\0') != std::string::npos)
        return problem("nul_byte",
                       "it holds a NUL byte",
                       "save the list as UTF-8 text; UTF-16 needs a byte order mark");
    if (!text::is_utf8(raw))
        return problem("invalid_encoding",
                       "it holds bytes that are not UTF-8",
                       "save the list as UTF-8 (in Excel: \"CSV UTF-8\")");
    return std::nullopt;
}

Problem Record::problem(std::string code, std::string message, std::string hint) const
{
    return {number, line, std::move(code), std::move(message), std::move(hint)};
}

Problem Record::too_long() const
{
    return problem("record_too_long",
                   "it is longer than 1 MiB",
                   "a quote that is never closed makes one record of all that follows");
}

Problem list_problem(std::string code, std::string message, std::string hint)
{
    return {0, 0, std::move(code), std::move(message), std::move(hint)};
}

} // namespace smsctl::templates
