#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::sms {

enum class Encoding { gsm7, ucs2 };
/// "GSM-7" or "UCS-2", as records and the wire say it.
std::string_view name(Encoding encoding);

enum class EncodingChoice { automatic, gsm7, ucs2 };
/// Whether look-alikes are replaced by GSM-7 characters first, as Twilio's smart encoding does.
enum class SmartEncoding { off, on };

struct Segment {
    std::string text;      ///< UTF-8
    std::size_t units = 0; ///< septets, or UTF-16 units
    bool has_header = false;
};

/// A character outside GSM-7, and where: what makes a text cost UCS-2.
struct Culprit {
    std::string character; ///< UTF-8
    std::size_t index = 0; ///< counted in code points from 0
};

struct SegmentCount {
    Encoding encoding = Encoding::gsm7;
    std::string text; ///< the text after smart encoding
    std::vector<Segment> segments;
    std::size_t characters = 0;   ///< septets, or graphemes (CR LF counts as two) under UCS-2
    std::size_t scalars = 0;      ///< code points
    std::size_t message_bits = 0; ///< without user data headers
    std::size_t total_bits = 0;   ///< with them: 48 bits a segment where there are several
    std::optional<Culprit> first_outside_gsm7;
    std::vector<std::string> outside_gsm7; ///< each such character once, in order, UTF-8
    /// False when GSM-7 was asked for and `outside_gsm7` is not empty: the text cannot be sent like
    /// that. The rest then says what it would cost in UCS-2.
    bool encodable = true;
};

/// Counts the segments a carrier bills for `text`, valid UTF-8 (alphabet: 3GPP TS 23.038; joining:
/// TS 23.040). 160 septets or 70 UCS-2 units fit alone; 153 or 67 in each once there are several.
/// One character outside GSM-7 makes the whole text UCS-2 under `automatic`. A character (grapheme)
/// is not split between segments unless it is longer than one. Takes time in the text's length.
SegmentCount count_segments(std::string_view text,
                            EncodingChoice choice = EncodingChoice::automatic,
                            SmartEncoding smart = SmartEncoding::off);

} // namespace smsctl::sms
