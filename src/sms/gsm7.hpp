#pragma once

namespace smsctl::sms {

/// Septets of a character in the default alphabet of 3GPP TS 23.038, section 6.2.1: 1, or 2 for
/// one of the extension table (escape and its code); 0 when it is in neither.
int septets(char32_t character);

} // namespace smsctl::sms
