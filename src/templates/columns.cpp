#include "templates/columns.hpp"

#include "core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <utility>

namespace smsctl::templates {

namespace {

constexpr std::size_t names_shown = 12;

/// The first of `names` that other programs give to a column of phone numbers; empty for none.
std::string likely_column(const std::vector<std::string>& names)
{
    constexpr std::array<std::string_view, 12> words{"phone",
                                                     "mobile",
                                                     "msisdn",
                                                     "whatsapp",
                                                     "telefon",
                                                     "cell",
                                                     "handy",
                                                     "gsm",
                                                     "recipient",
                                                     "number",
                                                     "tel",
                                                     "sms"};
    for (const std::string_view word : words) {
        for (const std::string& name : names) {
            if (text::lower(name).find(word) != std::string::npos)
                return name;
        }
    }
    return {};
}

} // namespace

Columns::Columns(std::string to_name)
    : m_known_names{
          to_name.empty() ? "to" : std::move(to_name), "body", "from", "media", "key", "tz", "at"}
{
}

std::optional<std::size_t> Columns::known_of(std::string_view name) const
{
    for (std::size_t i = 0; i < m_known_names.size(); ++i) {
        if (text::equal_ignoring_case(m_known_names[i], name))
            return i;
    }
    return std::nullopt;
}

bool Columns::add(std::string name)
{
    const std::size_t column = m_names.size();
    if (column == most_columns || (!name.empty() && find(name)))
        return false;
    if (const auto known = known_of(name))
        m_known[*known] = column;
    if (!name.empty())
        m_index.emplace(name, column);
    m_names.push_back(std::move(name));
    return true;
}

std::optional<std::size_t> Columns::find(const std::string& name) const
{
    const auto found = m_index.find(name);
    if (found != m_index.end())
        return found->second;
    const auto known = known_of(name);
    return known ? m_known[*known] : std::nullopt;
}

std::optional<std::size_t> Columns::find(Known known) const
{
    return m_known[static_cast<std::size_t>(known)];
}

Problem Columns::no_recipients_column(std::vector<std::string> there_are) const
{
    std::erase(there_are, "");
    const std::size_t shown = std::min(there_are.size(), names_shown);
    const std::string likely = likely_column(there_are);
    return list_problem(
        "no_phone_column",
        fmt::format("no column is called '{}'; there are: {}{}",
                    name(Known::to),
                    fmt::join(std::span(there_are).first(shown), ", "),
                    there_are.size() > shown ? ", …" : ""),
        likely.empty() ? "name the column of the recipients with --to-column"
                       : fmt::format("for the numbers in that column: --to-column '{}'", likely));
}

} // namespace smsctl::templates
