#include "sms/segments.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace smsctl;
using sms::Encoding;
using sms::EncodingChoice;

namespace {

std::string repeated(const std::string& text, std::size_t times)
{
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

std::string joined(const sms::SegmentCount& count)
{
    std::string out;
    for (const sms::Segment& segment : count.segments)
        out += segment.text;
    return out;
}

} // namespace

TEST_CASE("the last unit that fits is in the segment, the next opens another")
{
    struct Row {
        std::string name, text;
        Encoding encoding;
        std::size_t segments, first_units;
    };
    const auto row = GENERATE(values<Row>({
        {"160 septets", repeated("a", 160), Encoding::gsm7, 1, 160},
        {"161 septets", repeated("a", 161), Encoding::gsm7, 2, 153},
        {"306 septets", repeated("a", 306), Encoding::gsm7, 2, 153},
        {"307 septets", repeated("a", 307), Encoding::gsm7, 3, 153},
        {"80 extension characters", repeated("€", 80), Encoding::gsm7, 1, 160},
        {"81 extension characters", repeated("€", 81), Encoding::gsm7, 2, 152},
        {"70 units", repeated("д", 70), Encoding::ucs2, 1, 70},
        {"71 units", repeated("д", 71), Encoding::ucs2, 2, 67},
        {"35 surrogate pairs", repeated("😀", 35), Encoding::ucs2, 1, 70},
        {"36 surrogate pairs", repeated("😀", 36), Encoding::ucs2, 2, 66},
        {"nothing", "", Encoding::gsm7, 1, 0},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const sms::SegmentCount count = sms::count_segments(row.text);
        CHECK(count.encoding == row.encoding);
        REQUIRE(count.segments.size() == row.segments);
        CHECK(count.segments.front().units == row.first_units);
        CHECK(count.segments.front().has_header == (row.segments > 1));
        CHECK(joined(count) == row.text);
    }
}

TEST_CASE("the character that forces UCS-2 is named with its place")
{
    const sms::SegmentCount count = sms::count_segments("a€ caf\u0065\u0301 “x” “");
    REQUIRE(count.first_outside_gsm7);
    CHECK(count.first_outside_gsm7->character == "e\u0301");
    CHECK(count.first_outside_gsm7->index == 6);
    CHECK(count.outside_gsm7 == std::vector<std::string>{"e\u0301", "“", "”"});
    CHECK(count.encodable);
    CHECK_FALSE(sms::count_segments("plain").first_outside_gsm7);
}

TEST_CASE("GSM-7 by force refuses what it cannot say and tells the price of UCS-2")
{
    const sms::SegmentCount count =
        sms::count_segments(repeated("a", 70) + "ñŋ", EncodingChoice::gsm7);
    CHECK_FALSE(count.encodable);
    CHECK(count.encoding == Encoding::ucs2);
    CHECK(count.segments.size() == 2);
    CHECK(count.outside_gsm7 == std::vector<std::string>{"ŋ"});
    CHECK(sms::count_segments("ñ", EncodingChoice::gsm7).encodable);
}

TEST_CASE("UCS-2 by force counts plain text in UTF-16 units")
{
    const sms::SegmentCount count = sms::count_segments("a€\r\n", EncodingChoice::ucs2);
    CHECK(count.encoding == Encoding::ucs2);
    CHECK(count.encodable);
    CHECK(count.characters == 4);
    CHECK(count.message_bits == 64);
    CHECK_FALSE(count.first_outside_gsm7);
}

TEST_CASE("smart encoding brings a text with look-alikes back to GSM-7")
{
    const sms::SegmentCount count = sms::count_segments(
        "“It’s ½ price” — now…\u200b", EncodingChoice::automatic, sms::SmartEncoding::on);
    CHECK(count.text == "\"It's 1/2 price\" - now...");
    CHECK(count.encoding == Encoding::gsm7);
    CHECK(sms::count_segments("ＡＢＣ！", EncodingChoice::automatic, sms::SmartEncoding::on).text ==
          "ABC!");
    CHECK(sms::count_segments("ａ😀", EncodingChoice::automatic, sms::SmartEncoding::on).text ==
          "ａ😀");
}

TEST_CASE("a character is kept whole at the end of a segment")
{
    const std::string family = "👨‍👩‍👧‍👦"; // 11 units
    const sms::SegmentCount count = sms::count_segments(repeated("д", 60) + family + "д");
    REQUIRE(count.segments.size() == 2);
    CHECK(count.segments[0].units == 60);
    CHECK(count.segments[1].text == family + "д");
    CHECK(count.characters == 62);
}

TEST_CASE("a character longer than a segment is split where a code point ends")
{
    const std::string tower = "Z" + repeated("\u0301", 99);
    const sms::SegmentCount count = sms::count_segments(tower);
    REQUIRE(count.segments.size() == 2);
    CHECK(count.segments[0].units == 67);
    CHECK(count.segments[1].units == 33);
    CHECK(joined(count) == tower);
}

TEST_CASE("a broken byte is counted like one character and not lost")
{
    const std::string text = "a\xff\xe2\x82"
                             "b";
    const sms::SegmentCount count = sms::count_segments(text);
    CHECK(count.encoding == Encoding::ucs2);
    CHECK(joined(count) == text);
    CHECK(count.segments.front().units == 4);
    CHECK(sms::count_segments(text, EncodingChoice::automatic, sms::SmartEncoding::on).text ==
          text);
}
