#include "phone/number.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using smsctl::phone::read_number;
using smsctl::phone::Reading;

namespace {

void check_same(const Reading& plain, const Reading& spelled)
{
    CHECK(plain.e164 == spelled.e164);
    CHECK(plain.warning == spelled.warning);
    CHECK(plain.reason == spelled.reason);
}

} // namespace

// A blank sends a number through the library's parser, which a plain one of country code 1 spares.
TEST_CASE("a plain number of country code 1 reads as the same number with blanks", "[phone]")
{
    int in_use = 0;
    for (int area = 0; area <= 999; ++area)
        for (const int exchange : {0, 111, 200, 222, 555, 911, 999}) {
            const auto plain =
                read_number(fmt::format("+1{:03}{:03}{:04}", area, exchange, area * 7), "GB");
            INFO(fmt::format("+1 {:03} {:03} {:04}", area, exchange, area * 7));
            check_same(
                plain,
                read_number(fmt::format("+1 {:03} {:03} {:04}", area, exchange, area * 7), "GB"));
            in_use += !plain.e164.empty() && plain.warning.empty() ? 1 : 0;
        }
    CHECK(in_use > 300); // else nothing was compared
}

TEST_CASE("what only resembles a plain number of country code 1 is parsed", "[phone]")
{
    for (const char* text : {"+1415555010", "+114155550100", "+1415555010x", "+1-415555010"})
        check_same(read_number(text, "US"), read_number(fmt::format("{} ", text), "US"));
    CHECK(read_number("+1415555010", "US").e164.empty());
}
