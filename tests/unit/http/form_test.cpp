#include "http/form.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace smsctl::http;
using namespace std::string_literals;

namespace {

struct DecodeRow {
    std::string name;
    std::string body;
    Form expected;
};

} // namespace

TEST_CASE("a form body is decoded as the WHATWG URL standard decodes it")
{
    const auto row = GENERATE(values<DecodeRow>({
        {"nothing", "", {}},
        {"one pair", "a=b", {{"a", "b"}}},
        {"order and repeats are kept", "b=1&a=2&b=3", {{"b", "1"}, {"a", "2"}, {"b", "3"}}},
        {"plus is a blank", "a=x+y", {{"a", "x y"}}},
        {"%2B is a plus", "To=%2B15005550006", {{"To", "+15005550006"}}},
        {"%20 is a blank too", "a=x%20y", {{"a", "x y"}}},
        {"names are decoded", "a%5B0%5D+=1", {{"a[0] ", "1"}}},
        {"a lone percent stays", "a=100%", {{"a", "100%"}}},
        {"a percent with one digit stays", "a=%4", {{"a", "%4"}}},
        {"no hexadecimal digits stay", "a=%ZZ%4g%g4", {{"a", "%ZZ%4g%g4"}}},
        {"a percent before an escape stays", "a=%%41", {{"a", "%A"}}},
        {"lower-case digits count", "a=%c3%a4", {{"a", "\xC3\xA4"}}},
        {"an escape is decoded once", "a=%252B", {{"a", "%2B"}}},
        {"empty pairs are skipped", "&&a=1&&b=2&", {{"a", "1"}, {"b", "2"}}},
        {"no equals sign is an empty value", "a&b=1", {{"a", ""}, {"b", "1"}}},
        {"an empty value", "a=", {{"a", ""}}},
        {"an empty name", "=b", {{"", "b"}}},
        {"only an equals sign", "=", {{"", ""}}},
        {"further equals signs belong to the value", "a=b=c", {{"a", "b=c"}}},
        {"an escaped ampersand does not split", "a=1%262", {{"a", "1&2"}}},
        {"a stray byte becomes U+FFFD", "a=x%FFy", {{"a", "x\xEF\xBF\xBDy"}}},
        {"a raw stray byte too", "a=x\xFFy", {{"a", "x\xEF\xBF\xBDy"}}},
        {"a cut sequence is one U+FFFD", "a=%E2%82", {{"a", "\xEF\xBF\xBD"}}},
        {"a cut emoji before a letter is one", "a=%F0%9F%98x", {{"a", "\xEF\xBF\xBDx"}}},
        {"two leading bytes are two", "a=%F0%9F%F0%9F", {{"a", "\xEF\xBF\xBD\xEF\xBF\xBD"}}},
        {"a surrogate is three", "a=%ED%A0%80", {{"a", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}}},
        {"NUL is kept", "a=x%00y", {{"a", "x\0y"s}}},
        {"line breaks are kept", "a=x%0D%0Ay", {{"a", "x\r\ny"}}},
        {"emoji", "a=%F0%9F%98%80", {{"a", "\xF0\x9F\x98\x80"}}},
    }));
    DYNAMIC_SECTION(row.name)
    {
        CHECK(decode_form(row.body) == row.expected);
    }
}

TEST_CASE("what is encoded as a form decodes to itself")
{
    std::string every_character;
    for (char c = 0; c < 127; ++c) {
        every_character += c;
    }
    const Form form = {{"Body", "1 + 1 = 2 & 100 %"},
                       {"Body", ""},
                       {"", "no name"},
                       {"\xC3\xA4 b", "\xF0\x9F\x98\x80\r\n"},
                       {"all", every_character}};
    CHECK(decode_form(encode_form(form)) == form);
}

TEST_CASE("a form is encoded as the WHATWG URL standard serializes it")
{
    CHECK(encode_form({{"To", "+1500"}, {"Body", "a b~*-._\xC3\xA4"}}) ==
          "To=%2B1500&Body=a+b%7E*-._%C3%A4");
    CHECK(encode_form({}).empty());
}

TEST_CASE("a component keeps only unreserved characters")
{
    CHECK(encode_component("aZ09-._~") == "aZ09-._~");
    CHECK(encode_component(" +/?&=%*\xC3\xA4") == "%20%2B%2F%3F%26%3D%25%2A%C3%A4");
}

TEST_CASE("the first of several values is found")
{
    const Form form = {{"a", "1"}, {"a", "2"}, {"empty", ""}};
    CHECK(first(form, "a") == "1");
    CHECK(first(form, "empty").empty());
    CHECK(first(form, "A").empty());
    CHECK(contains(form, "empty"));
    CHECK_FALSE(contains(form, "b"));
}
