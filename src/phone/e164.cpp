#include "phone/e164.hpp"

#include "core/text.hpp"
#include "phone/number.hpp"
#include "phone/spelling.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl::phone {

namespace {

AddressVerdict refused(std::string reason)
{
    return {std::nullopt, std::move(reason)};
}

AddressVerdict accepted(std::string text, AddressKind kind, std::string warning = {})
{
    return {Address{std::move(text), kind, std::move(warning)}, {}};
}

std::string joined(const std::string& first, const std::string& second)
{
    return first.empty() || second.empty() ? first + second : first + "; " + second;
}

AddressVerdict number(const Spelling& spelling, std::string_view region)
{
    Reading reading = read_number(spelling.text, text::upper(region));
    if (reading.e164.empty())
        return refused(std::move(reading.reason));
    std::string warning = joined(spelling.warning, reading.warning);
    return spelling.whatsapp
               ? accepted("whatsapp:" + reading.e164, AddressKind::whatsapp, std::move(warning))
               : accepted(std::move(reading.e164), AddressKind::e164, std::move(warning));
}

/// Some countries have whole numbers of five or six digits; say how such a one is written.
std::string short_code_reason(const Spelling& spelling, std::string_view region)
{
    const Reading reading = read_number(spelling.text, text::upper(region));
    const bool is_number_too = !reading.e164.empty() && reading.warning.empty();
    return "is a short code, which cannot be sent to" +
           (is_number_too ? fmt::format(" (for the number, write {})", reading.e164) : "");
}

/// A name is tried before a number unless it starts with a digit: "1800FLOWERS" is a number.
AddressVerdict named_sender(const Spelling& spelling, std::string_view region)
{
    if (is_placeholder(spelling.text))
        return refused("is a placeholder, not the name of a sender");
    const char first = spelling.text.front();
    if (first >= '0' && first <= '9') {
        AddressVerdict verdict = number(spelling, region);
        if (verdict.address && verdict.address->warning.empty())
            return verdict;
    }
    return accepted(spelling.text, AddressKind::alphanumeric);
}

} // namespace

AddressVerdict recipient(std::string_view input, std::string_view region)
{
    Spelling spelling = read_spelling(input);
    if (!spelling.reason.empty())
        return refused(std::move(spelling.reason));
    if (!spelling.whatsapp && is_short_code(spelling.text))
        return refused(short_code_reason(spelling, region));
    return number(spelling, region);
}

AddressVerdict sender(std::string_view input, std::string_view region)
{
    Spelling spelling = read_spelling(input);
    if (!spelling.reason.empty())
        return refused(std::move(spelling.reason));
    if (spelling.whatsapp)
        return number(spelling, region);
    if (is_short_code(spelling.text))
        return accepted(
            std::move(spelling.text), AddressKind::short_code, std::move(spelling.warning));
    if (is_alphanumeric_sender(spelling.text))
        return named_sender(spelling, region);
    AddressVerdict verdict = number(spelling, region);
    if (!verdict.address && spelling.text.find_first_of("0123456789") == std::string::npos)
        verdict.reason += ", nor a name of at most 11 letters, digits and blanks";
    return verdict;
}

} // namespace smsctl::phone
