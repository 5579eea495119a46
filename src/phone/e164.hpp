#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace smsctl::phone {

/// What can stand at one end of a message.
enum class AddressKind { e164, short_code, alphanumeric, whatsapp };

/// One end of a message, checked: `+` and digits, a short code as it stands, an alphanumeric
/// sender, or `whatsapp:` before E.164.
struct Address {
    std::string text;
    AddressKind kind = AddressKind::e164;
    std::string warning; ///< "possible, but not a number in use"; empty when all is well
};

/// What became of an input: an address, or why it is none: a clause without a full stop whose
/// subject is the input ("is too short for a number in US").
struct AddressVerdict {
    std::optional<Address> address;
    std::string reason;
};

/// Reads `input` as a number to send to. `region` (ISO 3166, any case) is where a national number
/// is at home. Refused: short codes, which providers do not send to, numbers with an extension, and
/// spellings that lost digits. A number that is possible but not in use ("+1555…") has a warning.
AddressVerdict recipient(std::string_view input, std::string_view region);
/// Reads `input` as a sender: a number, a short code (5 or 6 digits, as it stands) or an
/// alphanumeric name of at most 11 characters with a letter among them.
AddressVerdict sender(std::string_view input, std::string_view region);

/// "US" for "+1415…"; empty when the number belongs to no region.
std::string region_of(std::string_view e164);
/// Whether libphonenumber knows the region (ISO 3166 alpha-2, upper case).
bool is_region(std::string_view region);
/// "(415) 555-2671", "+44 20 7946 0018" for people; the input itself when it is no number.
std::string display(std::string_view address);

} // namespace smsctl::phone
