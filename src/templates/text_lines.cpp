#include "templates/text_lines.hpp"

#include "core/error.hpp"

#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <istream>

namespace smsctl::templates {

namespace {

constexpr std::size_t buffer_size = std::size_t{64} * 1024;
constexpr char not_utf8 = '\xFF';

void append(std::string& text, UChar32 c)
{
    std::array<char, U8_MAX_LENGTH> bytes{};
    std::int32_t count = 0;
    U8_APPEND_UNSAFE(bytes.data(), count, c); // NOLINT: ICU's macro
    text.append(bytes.data(), static_cast<std::size_t>(count));
}

class Utf16 {
public:
    Utf16(std::string_view bytes, bool big_endian) : m_bytes(bytes), m_big_endian(big_endian) {}

    /// Appends all whole characters to `text`; the number of bytes they took. `last`: nothing comes
    /// after them.
    std::size_t decode(bool last, std::string& text)
    {
        while (has(0)) {
            const UChar32 lead = unit(0);
            if (!U16_IS_SURROGATE(lead)) {
                append(text, lead);
                m_at += 2;
            } else if (U16_IS_SURROGATE_LEAD(lead) && !has(2) && !last) {
                break;
            } else if (U16_IS_SURROGATE_LEAD(lead) && has(2) && U16_IS_TRAIL(unit(2))) {
                append(text, U16_GET_SUPPLEMENTARY(lead, unit(2)));
                m_at += 4;
            } else {
                text += not_utf8;
                m_at += 2;
            }
        }
        if (last && m_at < m_bytes.size()) {
            text += not_utf8;
            m_at = m_bytes.size();
        }
        return m_at;
    }

private:
    bool has(std::size_t offset) const { return m_at + offset + 2 <= m_bytes.size(); }
    UChar32 unit(std::size_t offset) const
    {
        const auto byte = [&](std::size_t i) {
            return static_cast<unsigned char>(m_bytes[m_at + offset + i]);
        };
        return m_big_endian ? byte(0) * 256 + byte(1) : byte(1) * 256 + byte(0);
    }

    std::string_view m_bytes;
    bool m_big_endian;
    std::size_t m_at = 0;
};

} // namespace

TextLines::TextLines(std::istream& in) : m_in(in), m_bytes(buffer_size) {}

/// Finds out what the bytes are; how many of them are the mark.
std::size_t TextLines::detect(std::string_view bytes)
{
    m_encoding = Encoding::utf8;
    if (bytes.starts_with("\xEF\xBB\xBF"))
        return 3;
    if (bytes.starts_with("\xFF\xFE"))
        m_encoding = Encoding::utf16le;
    else if (bytes.starts_with("\xFE\xFF"))
        m_encoding = Encoding::utf16be;
    return m_encoding == Encoding::utf8 ? 0 : 2;
}

bool TextLines::fill()
{
    m_in.read(m_bytes.data() + m_kept, static_cast<std::streamsize>(m_bytes.size() - m_kept));
    if (m_in.bad())
        throw Error(Exit::failed, "system.read", "the list cannot be read to its end");
    std::string_view bytes(m_bytes.data(), m_kept + static_cast<std::size_t>(m_in.gcount()));
    if (bytes.empty())
        return false;
    if (m_encoding == Encoding::unknown)
        bytes.remove_prefix(detect(bytes));
    m_text = bytes;
    if (m_encoding != Encoding::utf8) {
        m_decoded.clear();
        Utf16 utf16(bytes, m_encoding == Encoding::utf16be);
        bytes.remove_prefix(utf16.decode(!m_in, m_decoded));
        std::copy(bytes.begin(), bytes.end(), m_bytes.begin());
        m_kept = bytes.size();
        m_text = m_decoded;
    }
    m_line_feed = nullptr;
    return true;
}

std::string_view TextLines::peek()
{
    while (m_text.empty() && fill())
        ;
    return m_text;
}

/// The start of m_text to the end of its line. Where the next LF is is found once, or a buffer full
/// of CRs would be searched for each of them.
std::string_view TextLines::piece()
{
    const char* const begin = m_text.data();
    const char* const end = begin + m_text.size();
    if (m_line_feed == nullptr || m_line_feed < begin) {
        const void* const found = std::memchr(begin, '\n', m_text.size());
        m_line_feed = found == nullptr ? end : static_cast<const char*>(found);
    }
    const char* const stop = m_line_feed == end ? end : m_line_feed + 1;
    const std::string_view line(begin, static_cast<std::size_t>(stop - begin));
    const std::size_t cr = line.find('\r');
    const bool ends_there =
        cr != std::string_view::npos && cr + 1 < line.size() && line[cr + 1] != '\n';
    return ends_there ? line.substr(0, cr + 1) : line;
}

std::string_view TextLines::next()
{
    if (peek().empty())
        return {};
    const bool is_rest_of_crlf = m_after_cr && m_text.front() == '\n';
    if (!m_inside && !is_rest_of_crlf)
        ++m_line;
    const std::string_view given = piece();
    m_text.remove_prefix(given.size());
    m_inside = given.back() != '\n' && given.back() != '\r';
    m_after_cr = given.back() == '\r';
    return given;
}

bool is_blank(std::string_view piece)
{
    return piece.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

} // namespace smsctl::templates
