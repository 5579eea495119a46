#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace smsctl::text {

namespace {

/// The start of a text as UTF-8: how many bytes belong together, and whether they are a character.
/// Of an ill-formed start those are one replacement character: its longest part that could have
/// begun a character (Unicode 15, section 3.9, "maximal subpart"; WHATWG decodes so too).
struct Sequence {
    std::size_t length = 1;
    bool well_formed = false;
};

/// `bytes` must not be empty.
Sequence first_sequence(std::string_view bytes)
{
    const auto first = static_cast<unsigned char>(bytes.front());
    if (first < 0x80)
        return {1, true};
    std::size_t wanted = 0;
    if (first >= 0xC2 && first <= 0xDF)
        wanted = 2;
    else if (first >= 0xE0 && first <= 0xEF)
        wanted = 3;
    else if (first >= 0xF0 && first <= 0xF4)
        wanted = 4;
    // Table 3-7: the second byte is narrower after four leads; later ones never are.
    unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    for (std::size_t i = 1; i < wanted; ++i) {
        const unsigned byte = i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
        if (byte < low || byte > high)
            return {i, false};
        low = 0x80;
        high = 0xBF;
    }
    return {std::max<std::size_t>(wanted, 1), wanted != 0};
}

/// How many bytes at the start are ASCII: most of nearly every text, looked at eight at a time.
std::size_t ascii_run(std::string_view bytes)
{
    constexpr std::uint64_t high_bits = 0x8080808080808080;
    std::size_t length = 0;
    for (std::uint64_t eight = 0; length + sizeof eight <= bytes.size(); length += sizeof eight) {
        std::memcpy(&eight, bytes.data() + length, sizeof eight);
        if ((eight & high_bits) != 0)
            break;
    }
    while (length < bytes.size() && static_cast<unsigned char>(bytes[length]) < 0x80)
        ++length;
    return length;
}

} // namespace

bool is_utf8(std::string_view bytes)
{
    for (bytes.remove_prefix(ascii_run(bytes)); !bytes.empty();
         bytes.remove_prefix(ascii_run(bytes))) {
        const Sequence sequence = first_sequence(bytes);
        if (!sequence.well_formed)
            return false;
        bytes.remove_prefix(sequence.length);
    }
    return true;
}

std::string to_utf8(std::string_view bytes)
{
    std::string out;
    out.reserve(bytes.size());
    while (true) {
        const std::size_t plain = ascii_run(bytes);
        out.append(bytes.substr(0, plain));
        bytes.remove_prefix(plain);
        if (bytes.empty())
            return out;
        const Sequence sequence = first_sequence(bytes);
        out += sequence.well_formed ? bytes.substr(0, sequence.length) : "\uFFFD";
        bytes.remove_prefix(sequence.length);
    }
}

std::string_view trim(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n\v\f";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string upper(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    return out;
}

bool equal_ignoring_case(std::string_view left, std::string_view right)
{
    return left.size() == right.size() && lower(left) == lower(right);
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<long long> to_integer(std::string_view text)
{
    long long value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end || text.empty())
        return std::nullopt;
    return value;
}

std::size_t utf16_units(std::string_view text)
{
    std::size_t units = 0;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if ((byte & 0xC0U) != 0x80U)
            units += byte >= 0xF0U ? 2 : 1;
    }
    return units;
}

std::size_t edit_distance(std::string_view left, std::string_view right)
{
    // Optimal string alignment: three rows of the usual table, since a swap looks two rows back.
    std::vector<std::size_t> before(right.size() + 1);
    std::vector<std::size_t> last(right.size() + 1);
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t replace = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[right.size()];
}

std::string shell_quoted(std::string_view text)
{
    std::string out = "'";
    for (const char letter : text) {
        if (letter == '\'')
            out += "'\\''";
        else
            out += letter;
    }
    return out + "'";
}

} // namespace smsctl::text
