// What a stranger's text may do to a terminal, and how wide it is there. A message can hold escape
// sequences that rewrite the screen and bidi marks that reorder it; none of them reaches a terminal
// as it came.
#include "output/terminal_text.hpp"

#include "output/printer.hpp"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <string_view>

namespace smsctl::output {

namespace {

struct Character {
    UChar32 code = 0; ///< negative: ill-formed
    std::string_view bytes;
};

Character next_character(std::string_view text, std::int32_t& at)
{
    const std::int32_t begin = at;
    const auto length = static_cast<std::int32_t>(text.size());
    UChar32 code = 0;
    U8_NEXT(text, at, length, code);
    return {code,
            text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(at - begin))};
}

/// Invisible or screen-changing: controls, bidi marks, line separators. The zero-width joiner
/// stays, emoji need it.
bool is_harmful(UChar32 code)
{
    if (code < 0)
        return true;
    switch (u_charType(code)) {
    case U_CONTROL_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
        return true;
    case U_FORMAT_CHAR:
        return u_hasBinaryProperty(code, UCHAR_BIDI_CONTROL) != 0 || code == 0xFEFF;
    default:
        return false;
    }
}

std::string escape(const Character& character)
{
    if (character.code < 0) {
        std::string bytes;
        for (const char byte : character.bytes)
            bytes += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
        return bytes;
    }
    switch (character.code) {
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        break;
    }
    const auto code = static_cast<std::uint32_t>(character.code);
    return code < 0x80 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
}

std::size_t width_of(UChar32 code)
{
    const auto type = u_charType(code);
    if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR)
        return 0;
    const int width = u_getIntPropertyValue(code, UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

} // namespace

std::string visible(std::string_view text)
{
    std::string shown;
    for (std::int32_t at = 0; at < static_cast<std::int32_t>(text.size());) {
        const Character character = next_character(text, at);
        shown += is_harmful(character.code) ? escape(character) : std::string(character.bytes);
    }
    return shown;
}

std::string visible_json(std::string_view json)
{
    std::string shown;
    for (std::int32_t at = 0; at < static_cast<std::int32_t>(json.size());) {
        const Character character = next_character(json, at);
        const auto code = static_cast<std::uint32_t>(character.code);
        if (character.code >= 0x7f && is_harmful(character.code))
            shown += fmt::format("\\u{:04x}", code);
        else
            shown += character.bytes;
    }
    return shown;
}

std::size_t display_width(std::string_view text)
{
    std::size_t width = 0;
    for (std::int32_t at = 0; at < static_cast<std::int32_t>(text.size());)
        width += width_of(next_character(text, at).code);
    return width;
}

std::string cut_to_width(std::string_view text, std::size_t width)
{
    if (display_width(text) <= width)
        return std::string(text);
    std::string kept;
    std::size_t used = 0;
    for (std::int32_t at = 0; at < static_cast<std::int32_t>(text.size());) {
        const Character character = next_character(text, at);
        used += width_of(character.code);
        if (used + 1 > width)
            break;
        kept += character.bytes;
    }
    return kept + "…";
}

} // namespace smsctl::output
