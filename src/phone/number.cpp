#include "phone/number.hpp"

#include "core/text.hpp"
#include "phone/e164.hpp"

#include <fmt/format.h>
#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <charconv>
#include <cstdint>

namespace smsctl::phone {

namespace {

using i18n::phonenumbers::PhoneNumber;
using Library = i18n::phonenumbers::PhoneNumberUtil;

constexpr int north_america = 1;

const Library& library()
{
    static const Library& instance = []() -> const Library& {
        Library& made = *Library::GetInstance();
        // The library's own logger writes to stdout, which belongs to records. It takes ownership.
        made.SetLogger(
            new i18n::phonenumbers::NullLogger); // NOLINT(cppcoreguidelines-owning-memory)
        return made;
    }();
    return instance;
}

/// "in US", or "with country code +800" where no country stands behind the code.
std::string whereabouts(const PhoneNumber& number)
{
    std::string region;
    library().GetRegionCodeForCountryCode(number.country_code(), &region);
    if (is_region(region))
        return "in " + region;
    return fmt::format("with country code +{}", number.country_code());
}

std::string parse_failure(Library::ErrorType error, std::string_view region)
{
    switch (error) {
    case Library::INVALID_COUNTRY_CODE_ERROR:
        if (is_region(region))
            return "has a country code that does not exist";
        if (region.empty())
            return "has no country code that exists, and no region is set";
        return fmt::format("has no country code that exists, and {} is not a region", region);
    case Library::TOO_SHORT_AFTER_IDD:
        return "ends after the international prefix";
    case Library::TOO_SHORT_NSN:
        return "is too short for a phone number";
    case Library::TOO_LONG_NSN:
        return "is too long for one phone number";
    default:
        return "is not a phone number";
    }
}

/// Empty when the number may be used.
std::string length_failure(Library::ValidationResult result, const PhoneNumber& number)
{
    switch (result) {
    case Library::IS_POSSIBLE:
        return {};
    case Library::IS_POSSIBLE_LOCAL_ONLY:
        return "is a local number without its area code";
    case Library::TOO_SHORT:
        return "is too short for a number " + whereabouts(number);
    case Library::TOO_LONG:
        return "is too long for a number " + whereabouts(number);
    case Library::INVALID_LENGTH:
        return "has a length that no number " + whereabouts(number) + " has";
    default:
        return "has a country code that does not exist";
    }
}

std::string formatted(const PhoneNumber& number, Library::PhoneNumberFormat format)
{
    std::string text;
    library().Format(number, format, &text);
    return text;
}

/// "+1" and a number of ten digits, whose first is never the national prefix: the one country code
/// that has nothing to strip, so that it need not go through the library's patterns. Most of what a
/// long list holds is spelled so.
bool read_north_american(std::string_view text, PhoneNumber& number)
{
    constexpr std::size_t length = 12;
    if (text.size() != length || !text.starts_with("+1") || text[2] < '2')
        return false;
    std::uint64_t national = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + length, national);
    if (error != std::errc() || end != text.data() + length)
        return false;
    number.set_country_code(north_america);
    number.set_national_number(national);
    return true;
}

/// As the library's `IsValidNumber`, which looks through the regions that share a country code
/// once to find the number's and then there again; most numbers belong to the first of them.
bool is_valid(const PhoneNumber& number)
{
    std::string main_region;
    library().GetRegionCodeForCountryCode(number.country_code(), &main_region);
    return library().IsValidNumberForRegion(number, main_region) || library().IsValidNumber(number);
}

bool parse_e164(std::string_view e164, PhoneNumber& number)
{
    return e164.starts_with('+') &&
           library().Parse(std::string(e164), "ZZ", &number) == Library::NO_PARSING_ERROR;
}

} // namespace

Reading read_number(std::string_view text, std::string_view region)
{
    if (!text::is_utf8(text))
        return {{}, {}, "is not UTF-8 text"};
    PhoneNumber number;
    if (!read_north_american(text, number)) {
        const auto error = library().Parse(std::string(text), std::string(region), &number);
        if (error != Library::NO_PARSING_ERROR)
            return {{}, {}, parse_failure(error, region)};
    }
    if (number.has_extension())
        return {{},
                {},
                fmt::format("has an extension ({}), which a message cannot be sent to",
                            number.extension())};
    const bool valid = is_valid(number);
    if (!valid) {
        std::string failure = length_failure(library().IsPossibleNumberWithReason(number), number);
        if (!failure.empty())
            return {{}, {}, std::move(failure)};
    }
    return {formatted(number, Library::E164), valid ? "" : "possible, but not a number in use", {}};
}

std::string region_of(std::string_view e164)
{
    PhoneNumber number;
    if (!parse_e164(e164, number))
        return {};
    std::string region;
    library().GetRegionCodeForNumber(number, &region);
    return is_region(region) ? region : std::string();
}

bool is_region(std::string_view region)
{
    // Codes that are no country ("001") have a country calling code all the same.
    return region.size() == 2 && library().GetCountryCodeForRegion(std::string(region)) != 0;
}

std::string display(std::string_view address)
{
    constexpr std::string_view whatsapp = "whatsapp:";
    const bool is_whatsapp = address.starts_with(whatsapp);
    PhoneNumber number;
    if (!parse_e164(is_whatsapp ? address.substr(whatsapp.size()) : address, number))
        return std::string(address);
    const bool at_home = number.country_code() == north_america;
    std::string text = formatted(number, at_home ? Library::NATIONAL : Library::INTERNATIONAL);
    return is_whatsapp ? text + " (WhatsApp)" : text;
}

} // namespace smsctl::phone
