#include "sim/liquid.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smsctl::sim {

namespace {

bool is_name(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
}

/// The text between single or double quotes; false when there is none.
bool unquote(std::string_view& text)
{
    if (text.size() < 2 || (text.front() != '\'' && text.front() != '"') ||
        text.back() != text.front())
        return false;
    text = text.substr(1, text.size() - 2);
    return text.find_first_of("'\"") == std::string_view::npos;
}

} // namespace

std::variant<Liquid, std::string> Liquid::parse(std::string_view text)
{
    constexpr std::string_view filter = "default:";
    Liquid made;
    while (!text.empty()) {
        const auto open = text.find("{{");
        if (text.substr(0, open).find("{%") != std::string_view::npos)
            return "Liquid tags are not supported here.";
        if (open != 0)
            made.m_pieces.push_back({{}, std::string(text.substr(0, open))});
        if (open == std::string_view::npos)
            break;
        const auto close = text.find("}}", open);
        if (close == std::string_view::npos)
            return "A variable is not closed.";
        const std::string_view inside = text::trim(text.substr(open + 2, close - open - 2));
        const auto pipe = inside.find('|');
        const std::string_view name = text::trim(inside.substr(0, pipe));
        if (!is_name(name))
            return fmt::format("'{}' is not the name of a variable.", name);
        if (pipe == std::string_view::npos)
            return fmt::format("The variable '{}' has no default.", name);
        std::string_view value = text::trim(inside.substr(pipe + 1));
        if (!value.starts_with(filter))
            return fmt::format("The variable '{}' has another filter than default.", name);
        value = text::trim(value.substr(filter.size()));
        if (!unquote(value))
            return fmt::format("The default of '{}' is not quoted.", name);
        made.m_pieces.push_back({std::string(name), std::string(value)});
        text.remove_prefix(close + 2);
    }
    return made;
}

std::string Liquid::render(const LiquidVariables& variables) const
{
    std::string rendered;
    for (const Piece& piece : m_pieces) {
        const auto value =
            piece.variable.empty() ? variables.end() : variables.find(piece.variable);
        rendered += value == variables.end() || value->second.empty() ? piece.text : value->second;
    }
    return rendered;
}

} // namespace smsctl::sim
