#include "sms/segments.hpp"
#include "support/vectors.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string>

using namespace smsctl;

namespace {

sms::EncodingChoice choice_of(const std::string& encoding)
{
    if (encoding == "GSM-7")
        return sms::EncodingChoice::gsm7;
    return encoding == "UCS-2" ? sms::EncodingChoice::ucs2 : sms::EncodingChoice::automatic;
}

nlohmann::json segment_record(const sms::Segment& segment, std::size_t bits_per_unit)
{
    const std::size_t bits = segment.units * bits_per_unit;
    return {{"text", segment.text},
            {"has_udh", segment.has_header},
            {"units", segment.units},
            {"message_size_bits", bits},
            {"total_size_bits", bits + (segment.has_header ? 48 : 0)}};
}

/// `count` in the words of the vectors.
nlohmann::json record(const sms::SegmentCount& count, bool smart)
{
    if (!count.encodable)
        return {{"error", "not_encodable"}, {"non_gsm_characters", count.outside_gsm7}};
    nlohmann::json record{{"error", nullptr},
                          {"encoding_name", sms::name(count.encoding)},
                          {"segments_count", count.segments.size()},
                          {"number_of_unicode_scalars", count.scalars},
                          {"number_of_characters", count.characters},
                          {"total_size_bits", count.total_bits},
                          {"message_size_bits", count.message_bits},
                          {"segments", nlohmann::json::array()},
                          {"non_gsm_characters", count.outside_gsm7}};
    for (const sms::Segment& segment : count.segments)
        record["segments"].push_back(
            segment_record(segment, count.encoding == sms::Encoding::gsm7 ? 7 : 16));
    if (smart)
        record["encoded_text"] = count.text;
    return record;
}

/// The bytes in a list of characters, once each: on what two Unicode versions must agree.
std::set<char> bytes_of(const nlohmann::json& characters)
{
    std::set<char> bytes;
    for (const auto& character : characters)
        for (const char byte : character.get<std::string>())
            bytes.insert(byte);
    return bytes;
}

/// What a vector calls right: its expectation, and that with each alternative's fields changed.
/// The list of characters is not among those fields, so other graphemes are held to its bytes.
bool is_right(const nlohmann::json& counted, const nlohmann::json& vector)
{
    nlohmann::json expected = vector.at("expect");
    for (const char* const not_counted : {"warnings", "line_break_style", "reference_message"})
        expected.erase(not_counted);
    if (counted == expected)
        return true;
    if (!vector.contains("alternatives"))
        return false;
    const auto& alternatives = vector.at("alternatives");
    return std::any_of(alternatives.begin(), alternatives.end(), [&](const auto& alternative) {
        nlohmann::json changed = expected;
        changed.update(alternative.at("expect"));
        const bool same_bytes = bytes_of(counted.at("non_gsm_characters")) ==
                                bytes_of(expected.at("non_gsm_characters"));
        changed["non_gsm_characters"] = counted.at("non_gsm_characters");
        return same_bytes && changed == counted;
    });
}

} // namespace

TEST_CASE("every published text is counted as Twilio's calculator counts it", "[vectors]")
{
    const nlohmann::json vectors = test::read_vectors("segments.json");
    std::size_t checked = 0;
    for (const auto& vector : vectors) {
        const bool smart = vector.at("smart_encoding");
        const std::string text = vector.at("text");
        const nlohmann::json counted =
            record(sms::count_segments(text,
                                       choice_of(vector.at("encoding")),
                                       smart ? sms::SmartEncoding::on : sms::SmartEncoding::off),
                   smart);
        const bool right = is_right(counted, vector);
        INFO(vector.at("id").get<std::string>()
             << "\n  counted  " << counted.dump() << "\n  expected " << vector.at("expect").dump());
        CHECK(right);
        ++checked;
    }
    CHECK(checked == vectors.size());
    CHECK(checked > 0);
}
