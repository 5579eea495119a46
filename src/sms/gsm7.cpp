#include "sms/gsm7.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace smsctl::sms {

namespace {

using namespace std::string_view_literals;

/// Section 6.2.1, row by row, without the escape at 0x1B; the ten Greek capitals follow below.
constexpr auto basic = U"@£$¥èéùìòÇ\nØø\rÅå_"
                       U"ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
                       U"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
                       U"¿abcdefghijklmnopqrstuvwxyzäöñüà"sv;
constexpr auto greek = U"ΔΦΓΛΩΠΨΣΘΞ"sv;
/// Section 6.2.1.1.
constexpr auto extension = U"\f^{}\\[~]|"sv;
constexpr char32_t euro = U'€';

constexpr std::size_t latin_size = 256;

constexpr auto latin = [] {
    std::array<std::uint8_t, latin_size> table{};
    for (const char32_t character : basic)
        table.at(character) = 1;
    for (const char32_t character : extension)
        table.at(character) = 2;
    return table;
}();

static_assert(basic.size() + greek.size() + 1 == 128 && extension.size() + 1 == 10);

} // namespace

int septets(char32_t character)
{
    if (character < latin_size)
        return latin[character];
    if (character == euro)
        return 2;
    return greek.find(character) != std::u32string_view::npos ? 1 : 0;
}

} // namespace smsctl::sms
