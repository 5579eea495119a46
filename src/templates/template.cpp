// Merge fields are mustache's variables, read by kainjow's parser. It gives a tree; ours is flat,
// since everything that nests is refused before it is parsed, so it is kept as a list of parts:
// rendering a row is then appending a few texts.
#include "templates/template.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <kainjow/mustache.hpp>
#include <utility>

namespace smsctl::templates {

namespace {

namespace engine = kainjow::mustache;

constexpr std::string_view opening = "{{";
constexpr std::string_view closing = "}}";
constexpr const char* syntax_hint = "fields are {{name}} or {{name|default}}";

/// The number of the character at byte `at`, counted from 1.
std::ptrdiff_t character(std::string_view text, std::size_t at)
{
    const std::string_view before = text.substr(0, at);
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; };
    return 1 + static_cast<std::ptrdiff_t>(before.size()) -
           std::count_if(before.begin(), before.end(), continues);
}

Error template_error(const std::string& message, std::string hint = syntax_hint)
{
    return usage_error("usage.template", message, std::move(hint));
}

/// What mustache would make of a tag that begins with `sign`; empty for a plain variable.
std::string_view other_tag(char sign)
{
    constexpr std::array<std::pair<char, std::string_view>, 8> tags{{
        {'#', "a section"},
        {'^', "a section"},
        {'/', "the end of a section"},
        {'>', "another template"},
        {'!', "a comment"},
        {'=', "a change of delimiters"},
        {'{', "an unescaped value"},
        {'&', "an unescaped value"},
    }};
    const auto* const found =
        std::find_if(tags.begin(), tags.end(), [&](const auto& tag) { return tag.first == sign; });
    return found == tags.end() ? std::string_view() : found->second;
}

/// Refuses every tag that is no variable, before the parser sees it: it would follow sections as
/// deep as they go.
void refuse_other_tags(std::string_view text)
{
    for (std::size_t at = text.find(opening); at != std::string_view::npos;
         at = text.find(opening, at + opening.size())) {
        const std::size_t sign = text.find_first_not_of(" \t\r\n", at + opening.size());
        if (sign == std::string_view::npos)
            continue;
        const std::string_view tag = other_tag(text[sign]);
        if (!tag.empty())
            throw template_error(fmt::format("{{{{{} at character {} is {}, which a template "
                                             "cannot have",
                                             text[sign],
                                             character(text, at),
                                             tag));
    }
}

bool is_name_character(UChar32 c)
{
    constexpr std::string_view signs = "_-. ";
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               signs.find(static_cast<char>(c)) != std::string_view::npos;
    return u_isalnum(c) != 0 || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

/// `name` must be UTF-8.
bool is_name(std::string_view name)
{
    const auto length = static_cast<std::int32_t>(name.size());
    for (std::int32_t at = 0; at < length;) {
        UChar32 c = 0;
        U8_NEXT(name.data(), at, length, c); // NOLINT: ICU's macro
        if (!is_name_character(c))
            return false;
    }
    return !name.empty();
}

} // namespace

Template::Template(std::string_view text) : m_text(text)
{
    if (!text::is_utf8(text))
        throw template_error("the template is not UTF-8 text", "save it as UTF-8");
    if (text.find('\0') != std::string_view::npos)
        throw template_error("the template holds a NUL character", "remove it");
    refuse_other_tags(text);
    engine::context<std::string> no_values;
    engine::context_internal<std::string> context{no_values};
    engine::component<std::string> root;
    std::string failure;
    const engine::parser<std::string> parser{m_text, context, root, failure};
    if (!failure.empty()) {
        const std::size_t last_end = m_text.rfind(closing);
        const std::size_t from = last_end == std::string::npos ? 0 : last_end + closing.size();
        throw template_error(fmt::format("the {{{{ at character {} is never closed",
                                         character(text, m_text.find(opening, from))));
    }
    for (const auto& component : root.children) {
        if (component.is_text())
            add_text(component.text);
        else
            add_field(component.tag.name, component.position);
    }
}

/// The parser cuts texts at every blank; they are put together again.
void Template::add_text(std::string_view text)
{
    if (m_parts.empty() || m_parts.back().field)
        m_parts.emplace_back();
    m_parts.back().text += text;
}

void Template::add_field(std::string_view tag, std::size_t at)
{
    if (tag.find(opening) != std::string_view::npos)
        throw template_error(fmt::format(
            "the {{{{ at character {} is not closed before the next one", character(m_text, at)));
    const std::size_t bar = tag.find('|');
    const std::string name(text::trim(tag.substr(0, bar)));
    if (name.empty())
        throw template_error(
            fmt::format("the field at character {} has no name", character(m_text, at)));
    if (!is_name(name))
        throw template_error(
            fmt::format("'{}' at character {} cannot be a field", name, character(m_text, at)),
            "a field's name is of letters, digits, _ - . and blanks inside");
    Part part;
    part.has_default = bar != std::string_view::npos;
    if (part.has_default)
        part.text = text::trim(tag.substr(bar + 1));
    auto known = std::find_if(
        m_fields.begin(), m_fields.end(), [&](const Field& field) { return field.name == name; });
    part.field = static_cast<std::size_t>(known - m_fields.begin());
    if (known == m_fields.end())
        m_fields.push_back({name, part.has_default ? std::optional(part.text) : std::nullopt});
    else if (!part.has_default)
        known->default_text.reset();
    m_parts.push_back(std::move(part));
}

Rendering Template::render(const Lookup& lookup) const
{
    std::vector<std::string_view> values;
    values.reserve(m_fields.size());
    for (const Field& field : m_fields)
        values.push_back(lookup(field.name).value_or(std::string_view()));
    Rendering rendering;
    rendering.missing = render(values, rendering.text);
    return rendering;
}

std::vector<std::string_view> Template::render(std::span<const std::string_view> values,
                                               std::string& out) const
{
    std::vector<std::string_view> missing;
    out.clear();
    for (const Part& part : m_parts) {
        if (!part.field) {
            out += part.text;
            continue;
        }
        const std::string_view value = values[*part.field];
        const std::string_view name = m_fields[*part.field].name;
        if (!text::trim(value).empty())
            out += value;
        else if (part.has_default)
            out += part.text;
        else if (std::find(missing.begin(), missing.end(), name) == missing.end())
            missing.push_back(name);
    }
    return missing;
}

} // namespace smsctl::templates
