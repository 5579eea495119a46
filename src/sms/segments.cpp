#include "sms/segments.hpp"

#include "sms/gsm7.hpp"
#include "sms/smart_encoding.hpp"

#include <unicode/brkiter.h>
#include <unicode/unistr.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <memory>
#include <unordered_set>

// A text is cut into pieces that should stay whole: septet characters under GSM-7, graphemes under
// UCS-2. Pieces then fill segments in order; the first that no longer fits opens the next segment.

namespace smsctl::sms {

namespace {

constexpr std::size_t header_bits = 48;

struct Limits {
    std::size_t alone;    ///< units in a message of one segment
    std::size_t in_parts; ///< units in each of several, beside the header
    std::size_t bits_per_unit;
};
constexpr Limits gsm7_limits{160, 153, 7};
constexpr Limits ucs2_limits{70, 67, 16};

struct Piece {
    std::uint32_t bytes; ///< of UTF-8
    std::uint32_t units;
};

/// Walks UTF-8 a code point at a time; an ill-formed byte counts as U+FFFD.
class CodePoints {
public:
    explicit CodePoints(std::string_view text) : m_text(text) {}

    bool done() const { return m_at >= m_text.size(); }
    std::size_t at() const { return m_at; }
    char32_t next()
    {
        UChar32 character = 0;
        U8_NEXT_OR_FFFD(m_text, m_at, m_text.size(), character);
        return static_cast<char32_t>(character);
    }

private:
    std::string_view m_text;
    std::size_t m_at = 0;
};

std::uint32_t utf16_units(char32_t character)
{
    return character > 0xFFFF ? 2 : 1;
}

/// One piece a character with its septets; stops at the first that has none.
std::vector<Piece> gsm7_pieces(std::string_view text)
{
    std::vector<Piece> pieces;
    pieces.reserve(text.size());
    for (CodePoints rest(text); !rest.done();) {
        const std::size_t start = rest.at();
        const int units = septets(rest.next());
        if (units == 0)
            return pieces;
        pieces.push_back(
            {static_cast<std::uint32_t>(rest.at() - start), static_cast<std::uint32_t>(units)});
    }
    return pieces;
}

/// One piece a code point with its UTF-16 units.
std::vector<Piece> code_point_pieces(std::string_view text)
{
    std::vector<Piece> pieces;
    for (CodePoints rest(text); !rest.done();) {
        const std::size_t start = rest.at();
        const std::uint32_t units = utf16_units(rest.next());
        pieces.push_back({static_cast<std::uint32_t>(rest.at() - start), units});
    }
    return pieces;
}

/// ICU's rules are compiled once a thread: making an iterator costs far more than using it.
class GraphemeBreaks {
public:
    GraphemeBreaks()
    {
        UErrorCode status = U_ZERO_ERROR;
        m_breaks.reset(icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
        if (U_FAILURE(status) != 0)
            m_breaks.reset();
    }

    void start(std::string_view text)
    {
        m_text = icu::UnicodeString::fromUTF8(
            icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
        if (m_breaks)
            m_breaks->setText(m_text);
    }

    /// Where the grapheme at UTF-16 index `from` ends; the next unit if ICU has no data.
    std::size_t end_after(std::size_t from)
    {
        if (!m_breaks)
            return from + 1;
        const std::int32_t end = m_breaks->next();
        return static_cast<std::size_t>(end == icu::BreakIterator::DONE ? m_text.length() : end);
    }

private:
    icu::UnicodeString m_text; // outlives the iterator's use of it
    std::unique_ptr<icu::BreakIterator> m_breaks;
};

/// One piece a grapheme (UAX #29), but CR and LF apart, as carriers and Twilio count them.
std::vector<Piece> grapheme_pieces(std::string_view text)
{
    thread_local GraphemeBreaks breaks;
    breaks.start(text);
    std::vector<Piece> pieces;
    pieces.reserve(text.size() / 2);
    std::size_t units = 0;
    for (CodePoints rest(text); !rest.done();) {
        const std::size_t end = breaks.end_after(units);
        Piece piece{0, 0};
        do {
            const std::size_t start = rest.at();
            const char32_t character = rest.next();
            piece.bytes += static_cast<std::uint32_t>(rest.at() - start);
            piece.units += utf16_units(character);
            units += utf16_units(character);
            if (character == U'\r') {
                pieces.push_back(piece);
                piece = {0, 0};
            }
        } while (units < end && !rest.done());
        if (piece.bytes != 0)
            pieces.push_back(piece);
    }
    return pieces;
}

std::size_t total_units(const std::vector<Piece>& pieces)
{
    std::size_t total = 0;
    for (const Piece& piece : pieces)
        total += piece.units;
    return total;
}

/// Splits at code points what is too long for a whole segment.
std::vector<Piece> broken_to_fit(const std::vector<Piece>& pieces, std::string_view text)
{
    std::vector<Piece> fitting;
    fitting.reserve(pieces.size());
    for (const Piece& piece : pieces) {
        if (piece.units <= ucs2_limits.in_parts) {
            fitting.push_back(piece);
        } else {
            const auto parts = code_point_pieces(text.substr(0, piece.bytes));
            fitting.insert(fitting.end(), parts.begin(), parts.end());
        }
        text.remove_prefix(piece.bytes);
    }
    return fitting;
}

void fill_segments(SegmentCount& count, const std::vector<Piece>& pieces, const Limits& limits)
{
    const std::size_t units = total_units(pieces);
    const bool several = units > limits.alone;
    const std::size_t room = several ? limits.in_parts : limits.alone;
    std::string_view rest = count.text;
    std::size_t bytes = 0;
    std::size_t filled = 0;
    const auto close = [&] {
        count.segments.push_back({std::string(rest.substr(0, bytes)), filled, several});
        rest.remove_prefix(bytes);
        bytes = filled = 0;
    };
    for (const Piece& piece : pieces) {
        if (filled + piece.units > room)
            close();
        bytes += piece.bytes;
        filled += piece.units;
    }
    close();
    count.message_bits = units * limits.bits_per_unit;
    count.total_bits = count.message_bits + (several ? header_bits * count.segments.size() : 0);
}

/// Names what forces UCS-2: a grapheme of several code points, or one that GSM-7 does not have.
void find_outside_gsm7(SegmentCount& count, const std::vector<Piece>& graphemes)
{
    std::unordered_set<std::string_view> seen;
    std::string_view rest = count.text;
    for (const Piece& piece : graphemes) {
        const std::string_view character = rest.substr(0, piece.bytes);
        rest.remove_prefix(piece.bytes);
        CodePoints code_points(character);
        const bool is_gsm7 = septets(code_points.next()) != 0 && code_points.done();
        if (!is_gsm7) {
            if (!count.first_outside_gsm7)
                count.first_outside_gsm7 = {std::string(character), count.scalars};
            if (seen.insert(character).second)
                count.outside_gsm7.emplace_back(character);
        }
        for (; !code_points.done(); code_points.next())
            ++count.scalars;
        ++count.scalars;
    }
}

} // namespace

std::string_view name(Encoding encoding)
{
    return encoding == Encoding::gsm7 ? "GSM-7" : "UCS-2";
}

SegmentCount count_segments(std::string_view text, EncodingChoice choice, SmartEncoding smart)
{
    SegmentCount count;
    count.text = smart == SmartEncoding::on ? replace_look_alikes(text) : std::string(text);
    if (choice != EncodingChoice::ucs2) {
        const std::vector<Piece> pieces = gsm7_pieces(count.text);
        std::size_t bytes = 0;
        for (const Piece& piece : pieces)
            bytes += piece.bytes;
        if (bytes == count.text.size()) {
            count.scalars = pieces.size();
            count.characters = total_units(pieces);
            fill_segments(count, pieces, gsm7_limits);
            return count;
        }
    }
    count.encoding = Encoding::ucs2;
    std::vector<Piece> pieces = grapheme_pieces(count.text);
    find_outside_gsm7(count, pieces);
    count.encodable = choice != EncodingChoice::gsm7;
    if (total_units(pieces) > ucs2_limits.alone)
        pieces = broken_to_fit(pieces, count.text);
    count.characters = pieces.size();
    fill_segments(count, pieces, ucs2_limits);
    return count;
}

} // namespace smsctl::sms
