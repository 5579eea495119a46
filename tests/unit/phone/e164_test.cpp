#include "phone/e164.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace smsctl;
using phone::AddressKind;

TEST_CASE("an operator reads why a recipient was refused")
{
    struct Row {
        std::string name, input, region, reason;
    };
    const auto row = GENERATE(values<Row>({
        {"nothing", "  ", "US", "is empty"},
        {"a word", "nobody", "US", "is not a phone number"},
        {"too few digits", "+1415555", "US", "is too short for a number in US"},
        {"too many digits", "07911 123456", "US", "is too long for a number in US"},
        {"too many for any country",
         "12345678901234567890",
         "US",
         "is too long for one phone number"},
        {"no area code", "555-0123", "US", "is a local number without its area code"},
        {"a short code", "12345", "US", "is a short code, which cannot be sent to"},
        {"a short code that is a number",
         "51234",
         "fk",
         "is a short code, which cannot be sent to (for the number, write +50051234)"},
        {"an extension",
         "415-555-2671 x99",
         "US",
         "has an extension (99), which a message cannot be sent to"},
        {"a spreadsheet's exponent",
         "1.41556E+10",
         "US",
         "is in scientific notation, as a spreadsheet writes it: digits may be lost; format the "
         "column as text"},
        {"an exponent without a sign",
         "415555267e1",
         "US",
         "is in scientific notation, as a "
         "spreadsheet writes it: digits may be lost; format the column as text"},
        {"an unknown region",
         "4155552671",
         "ZZ",
         "has no country code that exists, and ZZ is not a region"},
        {"no region", "4155552671", "", "has no country code that exists, and no region is set"},
        {"an unknown country code",
         "+999 123 4567",
         "US",
         "has a country code that does not exist"},
        {"another channel",
         "Messenger:1234567890",
         "US",
         "is an address of messenger, a channel that smsctl does not have"},
        {"broken bytes", "+1415555\xff", "US", "is not UTF-8 text"},
        {"one digit short behind a decimal point",
         "415555267.0",
         "US",
         "is too short for a number in US"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const phone::AddressVerdict verdict = phone::recipient(row.input, row.region);
        CHECK_FALSE(verdict.address);
        CHECK(verdict.reason == row.reason);
    }
}

TEST_CASE("a number is read however it is spelled")
{
    struct Row {
        std::string name, input, region, address, warning;
    };
    const auto row = GENERATE(values<Row>({
        {"lower-case region", "4155552671", "us", "+14155552671", ""},
        {"upper-case scheme", "TEL:+1-415-555-2671", "US", "+14155552671", ""},
        {"phone context", "Tel:555-2671;phone-context=+1415", "US", "+14155552671", ""},
        {"mixed-case channel", "WhatsApp: 415 555 2671", "US", "whatsapp:+14155552671", ""},
        {"tabs inside", "+1\t415\t555\t2671", "US", "+14155552671", ""},
        {"a spreadsheet's decimal",
         "14155552671.0",
         "US",
         "+14155552671",
         "read without the .0 that a spreadsheet put behind it"},
        {"fiction", "+15551234567", "US", "+15551234567", "possible, but not a number in use"},
        {"both",
         "15551234567.0",
         "US",
         "+15551234567",
         "read without the .0 that a spreadsheet put behind it; possible, but not a number in use"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const phone::AddressVerdict verdict = phone::recipient(row.input, row.region);
        REQUIRE(verdict.address);
        CHECK(verdict.address->text == row.address);
        CHECK(verdict.address->warning == row.warning);
        CHECK(verdict.reason.empty());
    }
}

TEST_CASE("a sender may be a number, a short code or a name")
{
    struct Row {
        std::string name, input, address;
        AddressKind kind;
    };
    const auto row = GENERATE(values<Row>({
        {"number", "(415) 555-2671", "+14155552671", AddressKind::e164},
        {"vanity number", "1800FLOWERS", "+18003569377", AddressKind::e164},
        {"short code", " 729725 ", "729725", AddressKind::short_code},
        {"name", "Acme24", "Acme24", AddressKind::alphanumeric},
        {"name that starts with a digit", "1Brand", "1Brand", AddressKind::alphanumeric},
        {"name with signs", "R&D_dept-1", "R&D_dept-1", AddressKind::alphanumeric},
        {"WhatsApp", "whatsapp:+14155552671", "whatsapp:+14155552671", AddressKind::whatsapp},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const phone::AddressVerdict verdict = phone::sender(row.input, "US");
        REQUIRE(verdict.address);
        CHECK(verdict.address->text == row.address);
        CHECK(verdict.address->kind == row.kind);
    }
}

TEST_CASE("what is no sender is refused with a reason")
{
    struct Row {
        std::string name, input, reason;
    };
    const auto row = GENERATE(values<Row>({
        {"placeholder", "NULL", "is a placeholder, not the name of a sender"},
        {"long name",
         "MyCompanyName",
         "is not a phone number, nor a name of at most 11 letters, digits and blanks"},
        {"slash",
         "N/A",
         "is not a phone number, nor a name of at most 11 letters, digits and blanks"},
        {"letters outside ASCII",
         "Bäckerei",
         "is not a phone number, nor a name of at most 11 letters, digits and blanks"},
        {"three digits", "911", "is too short for a number in US"},
        {"no number on the channel", "whatsapp:12345", "is too short for a number in US"},
        {"channel alone", "whatsapp:", "is empty"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const phone::AddressVerdict verdict = phone::sender(row.input, "US");
        CHECK_FALSE(verdict.address);
        CHECK(verdict.reason == row.reason);
    }
}

TEST_CASE("a region is known by its ISO code")
{
    CHECK(phone::is_region("US"));
    CHECK(phone::is_region("GB"));
    CHECK_FALSE(phone::is_region("us"));
    CHECK_FALSE(phone::is_region("ZZ"));
    CHECK_FALSE(phone::is_region("001"));
    CHECK_FALSE(phone::is_region(""));
}

TEST_CASE("a number belongs to a region, or to none")
{
    CHECK(phone::region_of("+14155552671") == "US");
    CHECK(phone::region_of("+14165550123") == "CA");
    CHECK(phone::region_of("+442079460018") == "GB");
    CHECK(phone::region_of("+80012345678").empty());
    CHECK(phone::region_of("12345").empty());
    CHECK(phone::region_of("Acme24").empty());
}

TEST_CASE("an address is displayed for people")
{
    CHECK(phone::display("+14155552671") == "(415) 555-2671");
    CHECK(phone::display("+442079460018") == "+44 20 7946 0018");
    CHECK(phone::display("whatsapp:+14155552671") == "(415) 555-2671 (WhatsApp)");
    CHECK(phone::display("12345") == "12345");
    CHECK(phone::display("Acme24") == "Acme24");
    CHECK(phone::display("") == "");
}
