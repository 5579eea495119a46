#pragma once

#include <string>
#include <string_view>

/// How an address was written down, before anyone asks whether it is a number: what copies, URIs
/// and spreadsheets put around the digits or did to them.
namespace smsctl::phone {

struct Spelling {
    std::string text;      ///< without blanks around it, scheme or a spreadsheet's ".0"
    bool whatsapp = false; ///< it stood behind `whatsapp:`
    std::string warning;   ///< what was dropped, when that may matter
    std::string reason;    ///< why nothing can be read from it; empty when all is well
};

Spelling read_spelling(std::string_view input);

/// Five or six digits and nothing else; the same digits with a blank in them are a number.
bool is_short_code(std::string_view text);
/// Whether `text` has the shape of an alphanumeric sender: at most 11 letters, digits, blanks and
/// the four signs that Twilio's AlphaSender resource lists, with a letter among them.
bool is_alphanumeric_sender(std::string_view text);
/// "null", "N/A", "abc": what a script or a form leaves behind where nobody filled in a name.
bool is_placeholder(std::string_view text);

} // namespace smsctl::phone
