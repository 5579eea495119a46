#pragma once

#include <string>
#include <string_view>

/// What libphonenumber says; only this pair knows the library, which wakes at the first call.
namespace smsctl::phone {

/// A number as the library reads it. `e164` is empty when it is refused, and `reason` then says
/// why, as a clause whose subject is the input ("is too short for a number in US").
struct Reading {
    std::string e164;
    std::string warning; ///< why the number may not work; empty when it is valid
    std::string reason;
};

/// Reads `text`, however it is spelled, at home in `region` (ISO 3166, upper case, may be unknown).
Reading read_number(std::string_view text, std::string_view region);

} // namespace smsctl::phone
