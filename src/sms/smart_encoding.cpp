#include "sms/smart_encoding.hpp"

#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace smsctl::sms {

namespace {

using namespace std::string_view_literals;

struct Group {
    std::string_view replacement;
    std::u32string_view characters;
};

/// By replacement, in ASCII order; escapes, since half of these are invisible or combine. The two
/// blanks for most wide spaces are Twilio's.
constexpr auto groups = std::to_array<Group>({
    {""sv, U"\x00\x03\x04\x10\x11\x12\x13\x14\x17\x19\u200B\u200C\u2060\uFEFF"sv},
    {" "sv, U"\u2001\u2028\u2029"sv},
    {"  "sv,
     U"\x80\x8D\x90\x9B\x9F\u00A0\u2000\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u202F\u205F\u3000"sv},
    {"       "sv, U"\x09"sv},
    {"!"sv, U"\u01C3\uFE15\uFE57"sv},
    {"!!"sv, U"\u203C"sv},
    {"\""sv, U"\u00AB\u00BB\u02BA\u02EE\u201C\u201D\u201E\u201F\u275D\u275E\u301D\u301E"sv},
    {"#"sv, U"\uFE5F"sv},
    {"$"sv, U"\uFE69"sv},
    {"%"sv, U"\uFE6A"sv},
    {"&"sv, U"\uFE60"sv},
    {"'"sv,
     U"`\u00B4\u02B9\u02BB\u02BC\u02BD\u02C8\u02CA\u02CB\u0313\u0314\u2018\u2019\u201B\u275B\u275C\uFE10\uFE11"sv},
    {"("sv, U"\u2768\u276A\u27EE\u2985\uFE59"sv},
    {")"sv, U"\u2769\u276B\u27EF\u2986\uFE5A"sv},
    {"*"sv,
     U"\u204E\u2217\u229B\u2722\u2723\u2724\u2725\u2731\u2732\u2733\u273A\u273B\u273C\u273D\u2743\u2749\u274A\u274B\u29C6\uFE61"sv},
    {"+"sv, U"\u02D6\uFE62"sv},
    {","sv, U"\u0326\u201A\u3001\uFE50\uFE51\uFF64"sv},
    {"-"sv, U"\u2010\u2013\u2014\u2015\u2022\u2043\u23BC\u23BD\uFE63"sv},
    {"."sv, U"\u3002\uFE52\uFF61"sv},
    {"..."sv, U"\u2026"sv},
    {"/"sv, U"\u00F7\u0337\u0338\u2044\u2215\u29F8"sv},
    {"1/2"sv, U"\u00BD"sv},
    {"1/4"sv, U"\u00BC"sv},
    {"3/4"sv, U"\u00BE"sv},
    {":"sv, U"\u02D0\u02F8\u2982\uA789\uFE13"sv},
    {";"sv, U"\u204F\uFE14\uFE54"sv},
    {"<"sv, U"\u2039\uFE64"sv},
    {"="sv, U"\u0347\uA78A\uFE66"sv},
    {">"sv, U"\u203A\uFE65"sv},
    {"?"sv, U"\uFE16\uFE56"sv},
    {"@"sv, U"\uFE6B"sv},
    {"A"sv, U"\u1D00"sv},
    {"B"sv, U"\u0299"sv},
    {"C"sv, U"\u1D04"sv},
    {"D"sv, U"\u1D05"sv},
    {"E"sv, U"\u1D07"sv},
    {"F"sv, U"\uA730"sv},
    {"G"sv, U"\u0262"sv},
    {"H"sv, U"\u029C"sv},
    {"I"sv, U"\u026A"sv},
    {"J"sv, U"\u1D0A"sv},
    {"K"sv, U"\u1D0B"sv},
    {"L"sv, U"\u029F"sv},
    {"M"sv, U"\u1D0D"sv},
    {"N"sv, U"\u0274"sv},
    {"O"sv, U"\u1D0F"sv},
    {"P"sv, U"\u1D18"sv},
    {"R"sv, U"\u0280"sv},
    {"S"sv, U"\uA731"sv},
    {"T"sv, U"\u1D1B"sv},
    {"U"sv, U"\u1D1C"sv},
    {"V"sv, U"\u1D20"sv},
    {"W"sv, U"\u1D21"sv},
    {"Y"sv, U"\u028F"sv},
    {"Z"sv, U"\u1D22"sv},
    {"\\"sv, U"\u20E5\u29F5\u29F9\uFE68"sv},
    {"^"sv, U"\u02C6\u0302\u1DCD"sv},
    {"_"sv, U"\u0332\u2017"sv},
    {"{"sv, U"\u2774\uFE5B"sv},
    {"|"sv, U"\u20D2\u20D3\u2223\u239C\u239F\u23B8\u23B9\u23D0"sv},
    {"}"sv, U"\u2775\uFE5C"sv},
    {"~"sv, U"\u02DC\u02F7\u0303\u0330\u0334\u223C"sv},
});

struct LookAlike {
    char32_t character = 0;
    std::string_view replacement;
};

constexpr std::size_t look_alike_count = [] {
    std::size_t count = 0;
    for (const Group& group : groups)
        count += group.characters.size();
    return count;
}();

constexpr auto look_alikes = [] {
    std::array<LookAlike, look_alike_count> all;
    std::size_t next = 0;
    for (const Group& group : groups)
        for (const char32_t character : group.characters)
            all.at(next++) = {character, group.replacement};
    std::sort(all.begin(), all.end(), [](const LookAlike& left, const LookAlike& right) {
        return left.character < right.character;
    });
    return all;
}();

/// The full-width forms of ASCII; Twilio leaves the grave accent and the small letters alone.
bool is_replaced_full_width(char32_t character)
{
    return (character >= 0xFF01 && character <= 0xFF3F) ||
           (character >= 0xFF5B && character <= 0xFF5E);
}

const LookAlike* find_look_alike(char32_t character)
{
    const auto* const found = std::lower_bound(
        look_alikes.begin(), look_alikes.end(), character, [](const LookAlike& entry, char32_t c) {
            return entry.character < c;
        });
    return found != look_alikes.end() && found->character == character ? found : nullptr;
}

} // namespace

std::string replace_look_alikes(std::string_view text)
{
    constexpr char32_t full_width_offset = 0xFF01 - U'!';
    const auto length = static_cast<std::int32_t>(text.size());
    std::string out;
    out.reserve(text.size());
    for (std::int32_t i = 0; i < length;) {
        const std::int32_t start = i;
        UChar32 code_point = 0;
        U8_NEXT(text, i, length, code_point);
        const auto character = static_cast<char32_t>(code_point);
        if (is_replaced_full_width(character))
            out += static_cast<char>(character - full_width_offset);
        else if (const LookAlike* const found = find_look_alike(character))
            out += found->replacement;
        else
            out.append(text, static_cast<std::size_t>(start), static_cast<std::size_t>(i - start));
    }
    return out;
}

} // namespace smsctl::sms
