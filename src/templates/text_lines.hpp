#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::templates {

/// Reads a stream as UTF-8 text, a line at a time and in bounded memory. A byte order mark says
/// that it is UTF-8 or UTF-16 (Excel's "Unicode Text") and is dropped; without one it is UTF-8.
/// What UTF-16 cannot mean becomes the byte 0xFF, so that the line it is in is not UTF-8.
class TextLines {
public:
    explicit TextLines(std::istream& in);

    /// The next line with its end (LF, CR LF or CR), in several pieces when it does not fit into
    /// the buffer; empty after the last. It lives until the next call. A CR LF may be cut in two.
    /// Throws `system.read` (1) when the stream fails.
    std::string_view next();
    /// Where what `next` gave last stands, counted from 1.
    std::size_t line() const { return m_line; }
    /// What comes next, as much as is in the buffer; empty after the last.
    std::string_view peek();

private:
    enum class Encoding { unknown, utf8, utf16le, utf16be };

    bool fill();
    std::size_t detect(std::string_view bytes);
    std::string_view piece();

    std::istream& m_in;
    Encoding m_encoding = Encoding::unknown;
    std::vector<char> m_bytes;
    std::size_t m_kept = 0;  ///< bytes of half a UTF-16 character, at the start of m_bytes
    std::string m_decoded;   ///< what m_text points into when the bytes are UTF-16
    std::string_view m_text; ///< read and not given yet
    const char* m_line_feed = nullptr; ///< the first LF of m_text, or its end
    std::size_t m_line = 0;
    bool m_inside = false;   ///< the last piece had no line end
    bool m_after_cr = false; ///< the last piece ended in a CR whose LF may follow
};

/// Whether a piece of text can be skipped between records.
bool is_blank(std::string_view piece);

} // namespace smsctl::templates
